import { Body, Controller, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiHeader, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { SignalSource } from '../../application/ports/signal-source.port.js';
import { asCaller, caller, requireScope } from '../access/caller.js';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { SignalAnswerView } from '../nouns/signal-view.js';
import { RequestProblem, notFound } from '../problem.js';
import type { ReadModels } from '../read-models.port.js';
import { ApiSignal } from '../rest/openapi.js';
import { orderBody } from '../rest/request-bodies.parse.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { READ_MODELS, SIGNAL_SOURCES } from '../tokens.js';
import { ulid } from '../ulid.js';
import { grantOfSigner, isSigned } from './signal-door.js';
import { parseSignal } from './signal.parse.js';
import type { Signal } from './signal.parse.js';

type Command = AskEngine['command'];

/** Signals of charting software: each becomes commands like anybody's, once. */
@ApiTags('signals')
@Controller('api/v1/signals')
export class SignalsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(READ_MODELS) private readonly reads: ReadModels,
    @Inject(SIGNAL_SOURCES) private readonly sources: readonly SignalSource[],
  ) {}

  @Post()
  @HttpCode(200)
  @ApiQuery({ name: 'source', required: false, type: String })
  @ApiHeader({ name: 'Stopledger-Signature', required: false })
  @ApiHeader({ name: 'Stopledger-Timestamp', required: false })
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded', 'text/plain')
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  @ApiSignal(SignalAnswerView)
  async take(
    @Body() body: unknown,
    @Query('source') name: string | undefined,
    @Req() request: FastifyRequest,
  ): Promise<SignalAnswerView> {
    const hasSigned = isSigned(request);
    // Who may not trade is not told which sources there are.
    if (!hasSigned) requireScope('trade');
    const source = this.source(name);
    const nowMs = Date.now();
    const grant = hasSigned ? grantOfSigner(request, source, nowMs) : caller();
    return asCaller(grant, () => this.act(source, parseSignal(body, source, nowMs)));
  }

  private source(name: string | undefined): SignalSource {
    const only = this.sources.length === 1 ? this.sources[0] : undefined;
    const found = name === undefined ? only : this.sources.find(({ id }) => id === name);
    if (!found) throw notFound('source', 'source', (name ?? '').slice(0, 64));
    return found;
  }

  private async act(source: SignalSource, signal: Signal): Promise<SignalAnswerView> {
    const { signalId, action } = signal;
    const commands = [];
    let newest = -1n;
    for (const command of await this.commandsFor(source, signal)) {
      const outcome = accepted(await this.commands.execute(new AskEngine(command)));
      const { id, position: asOfPosition } = outcome;
      commands.push({ kind: command.kind, id, asOfPosition });
      if (BigInt(asOfPosition) > newest) newest = BigInt(asOfPosition);
    }
    return { signalId, action, commands, asOfPosition: newest.toString() };
  }

  private async commandsFor(source: SignalSource, signal: Signal): Promise<readonly Command[]> {
    const { accountId } = source;
    const { action, instrumentId } = signal;
    switch (action) {
      case 'buy':
      case 'sell':
        return [entry(source, signal, action)];
      case 'cancelEntries': {
        const head = commandHead(signal.signalId, 'CancelEntries');
        return [{ kind: 'CancelEntries', ...head, accountId, instrumentId }];
      }
      case 'close': {
        const wanted = { accountId, instrumentId, status: 'open' };
        const { items } = await this.reads.list('positions', wanted, { limit: CLOSED_MAX });
        if (items.length === 0) throw notFound('position', source.fields.symbol, instrumentId);
        return items.map(({ positionId }) => {
          const head = commandHead(signal.signalId, `ClosePosition ${positionId}`);
          return { kind: 'ClosePosition', ...head, positionId };
        });
      }
    }
  }
}

const CLOSED_MAX = 100;

/** An order as REST takes it: what is wrong with it is said in the same words. */
function entry(source: SignalSource, signal: Signal, side: 'buy' | 'sell'): Command {
  const { quantity, price, instrumentId } = signal;
  const wanted = inWordsOf(source, () =>
    parseRequest(orderBody, {
      accountId: source.accountId,
      instrumentId,
      side,
      ...(quantity !== undefined && { quantity }),
      ...(price === undefined ? { type: 'market' } : { type: 'limit', limitPrice: price }),
      ...(source.plan && { plan: source.plan }),
    }),
  );
  const head = commandHead(signal.signalId, 'PlaceOrder');
  return { kind: 'PlaceOrder', ...head, orderId: ulid(), ...wanted };
}

/** What is wrong with a field is said under the name that the sender gave it. */
function inWordsOf<Parsed>({ fields }: SignalSource, parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    const names = new Map([
      ['quantity', fields.quantity],
      ['limitPrice', fields.price],
    ]);
    throw error.with((problem) => ({
      ...problem,
      field: names.get(problem.field) ?? problem.field,
    }));
  }
}
