import type {
  CommandOutcome,
  EngineGateway,
  EngineView,
  TrialOutcome,
} from '../../application/ports/engine-gateway.port.js';
import type {
  BookQuestion,
  BookView,
  MarketGateway,
  MarketView,
  PriceBrief,
  QuarantinedPrice,
  RefusedFrame,
  SeenPrice,
} from '../../application/ports/market-gateway.port.js';
import { mayUse } from '../../application/ports/access.port.js';
import { unreachable } from '../../domain/kernel/assert.js';
import type { ArmStop, EngineCommand } from '../../engine/engine-commands.js';
import { notFound } from '../problem.js';
import { caller, forbidden, requireScope } from './caller.js';

/** The account of an aggregate, from the log itself: a read model may not have come that far. */
export type OwnerOf = (streamId: string) => Promise<string | undefined>;

/** The way to the engine as the caller of the request may use it, whose name goes with every command. */
export class GuardedGateway implements EngineGateway, MarketGateway {
  constructor(
    private readonly inner: EngineGateway & MarketGateway,
    private readonly ownerOf: OwnerOf,
  ) {}

  async execute(command: EngineCommand): Promise<CommandOutcome> {
    await this.judge(command);
    return this.inner.execute({ ...command, actor: caller().actor });
  }

  async tryArm(command: ArmStop): Promise<TrialOutcome> {
    await this.judge(command);
    return this.inner.tryArm(command);
  }

  async view(): Promise<EngineView | undefined> {
    requireScope('read');
    return this.inner.view();
  }

  async market(instrumentId: string): Promise<MarketView | null | undefined> {
    requireScope('read');
    return this.inner.market(instrumentId);
  }

  async changes(seen: readonly SeenPrice[]): Promise<readonly PriceBrief[] | undefined> {
    requireScope('read');
    return this.inner.changes(seen);
  }

  async book(instrumentId: string, asked: BookQuestion): Promise<BookView | null | undefined> {
    requireScope('read');
    return this.inner.book(instrumentId, asked);
  }

  async quarantine(feed: string): Promise<readonly QuarantinedPrice[] | null | undefined> {
    requireScope('read');
    return this.inner.quarantine(feed);
  }

  async refusedFrames(feed: string): Promise<readonly RefusedFrame[] | null | undefined> {
    requireScope('read');
    return this.inner.refusedFrames(feed);
  }

  /** A command without a case does not compile. */
  private judge(command: EngineCommand): void | Promise<void> {
    switch (command.kind) {
      case 'DefineInstrument':
      case 'SplitInstrument':
      case 'OpenAccount':
        return requireScope('admin');
      case 'OpenPosition':
      case 'MoveCash':
      case 'ChooseCostBasis':
      case 'StateConversionRate':
      case 'PlaceOrder':
      case 'CancelEntries':
      case 'HaltTrading':
      case 'ResumeTrading':
      case 'PullKillSwitch':
        requireScope('trade');
        return requireAccount(command.accountId);
      case 'ArmStop':
      case 'ClosePosition':
        requireScope('trade');
        return this.requireOwner('position', command.positionId);
      case 'AmendStop':
      case 'SuspendStop':
      case 'ResumeStop':
      case 'CancelStop':
        requireScope('trade');
        return this.requireOwner('stop', command.stopId);
      case 'CancelOrder':
        requireScope('trade');
        return this.requireOwner('order', command.orderId);
      default:
        return unreachable(command);
    }
  }

  /** What belongs to another account is not there, for whoever may not see it. */
  private async requireOwner(noun: 'position' | 'stop' | 'order', id: string): Promise<void> {
    const grant = caller();
    if (grant.accounts === 'all') return;
    const owner = await this.ownerOf(`${noun}-${id}`);
    if (owner === undefined || !mayUse(grant, owner)) throw notFound(noun, `${noun}Id`, id);
  }
}

function requireAccount(accountId: string): void {
  if (mayUse(caller(), accountId)) return;
  throw forbidden('ACCOUNT_NOT_ALLOWED', `needs a token for account ${accountId}`);
}
