import { createHash } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler } from '@nestjs/cqrs';
import type { ICommandHandler } from '@nestjs/cqrs';
import type { CommandOutcome, EngineGateway } from '../application/ports/engine-gateway.port.js';
import type { EngineCommand } from '../engine/engine-commands.js';
import { ENGINE_GATEWAY } from './tokens.js';

/** A command on its way to the engine that owns the partition. */
export class AskEngine extends Command<CommandOutcome> {
  constructor(readonly command: EngineCommand) {
    super();
  }
}

@CommandHandler(AskEngine)
export class EngineCommandHandler implements ICommandHandler<AskEngine> {
  constructor(@Inject(ENGINE_GATEWAY) private readonly gateway: EngineGateway) {}

  execute({ command }: AskEngine): Promise<CommandOutcome> {
    return this.gateway.execute({ ...command, requestHash: requestHashOf(command) });
  }
}

// Made anew for each request, so they say nothing about whether two requests are the same.
const FRESH_FIELDS: readonly string[] = [
  'commandId',
  'orderId of PlaceOrder',
  'positionId of OpenPosition',
  'stopId of ArmStop',
];

/** The parsers write fields in a fixed order, so the same request gives the same text. */
function requestHashOf(command: EngineCommand): string {
  const said = Object.entries(command).filter(
    ([field]) =>
      !FRESH_FIELDS.includes(field) && !FRESH_FIELDS.includes(`${field} of ${command.kind}`),
  );
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
