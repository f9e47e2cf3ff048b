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
    return this.gateway.execute(command);
  }
}
