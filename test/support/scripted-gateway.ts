import type {
  CommandAccepted,
  CommandOutcome,
  EngineGateway,
  EngineView,
  TrialOutcome,
} from '../../src/application/ports/engine-gateway.port.js';
import type {
  BarView,
  BookQuestion,
  BookView,
  MarketGateway,
  MarketView,
  PriceBrief,
  QuarantinedPrice,
  RefusedFrame,
  SeenPrice,
} from '../../src/application/ports/market-gateway.port.js';
import { StepTimes } from '../../src/application/step-times.js';
import type { Fact } from '../../src/domain/facts.js';
import type { ArmStop, EngineCommand, RejectionKind } from '../../src/engine/engine-commands.js';
import type { Problem } from '../../src/domain/kernel/decider.js';
import { PLAN, T0, aTrack, d } from './event-builders.js';

/** An engine that notes every command and answers as told: once as told, and otherwise that it accepts. */
export class ScriptedGateway implements EngineGateway, MarketGateway {
  /** Without the hash of the request, which is kept beside. */
  readonly commands: EngineCommand[] = [];
  readonly trials: ArmStop[] = [];
  /** The answer to every trial. */
  trial: TrialOutcome = A_TRIAL;
  readonly requestHashes: (string | undefined)[] = [];
  /** Undefined = the engine cannot be reached. */
  seen: EngineView | undefined = AN_ENGINE_VIEW;
  private next: CommandOutcome | Error | undefined;

  /** The answer to the next command alone; an `Error` is thrown. */
  answerNext(outcome: CommandOutcome | Error): void {
    this.next = outcome;
  }

  /** The newest command. */
  get last(): EngineCommand {
    const command = this.commands.at(-1);
    if (!command) throw new Error('no command has reached the engine');
    return command;
  }

  execute(command: EngineCommand): Promise<CommandOutcome> {
    const { requestHash, ...rest } = command;
    this.commands.push(rest);
    this.requestHashes.push(requestHash);
    const outcome = this.next ?? accepting(command);
    this.next = undefined;
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  }

  tryArm(command: ArmStop): Promise<TrialOutcome> {
    this.trials.push(command);
    return Promise.resolve(this.trial);
  }

  view(): Promise<EngineView | undefined> {
    return Promise.resolve(this.seen);
  }

  market(instrumentId: string): Promise<MarketView | null | undefined> {
    if (!this.seen) return Promise.resolve(undefined);
    return Promise.resolve(instrumentId === this.prices.instrumentId ? this.prices : null);
  }

  /** What its prices are now; a test changes it. */
  prices: MarketView = A_MARKET_VIEW;

  changes(seen: readonly SeenPrice[]): Promise<readonly PriceBrief[] | undefined> {
    const { prices } = this;
    if (!this.seen) return Promise.resolve(undefined);
    const isNew = seen.some((one) => {
      return one.instrumentId === prices.instrumentId && one.version !== prices.version;
    });
    return Promise.resolve(isNew ? [prices] : []);
  }

  book(instrumentId: string, asked: BookQuestion): Promise<BookView | null | undefined> {
    if (!this.seen) return Promise.resolve(undefined);
    if (instrumentId !== A_BOOK_VIEW.instrumentId) return Promise.resolve(null);
    const { bids, asks, estimates } = A_BOOK_VIEW;
    return Promise.resolve({
      ...A_BOOK_VIEW,
      ...{ bids: bids.slice(0, asked.levels), asks: asks.slice(0, asked.levels) },
      estimates: estimates.filter(({ quantity }) => quantity === asked.quantity),
    });
  }

  quarantine(feed: string): Promise<readonly QuarantinedPrice[] | null | undefined> {
    if (!this.seen) return Promise.resolve(undefined);
    return Promise.resolve(feed === 'main' ? [A_QUARANTINED_PRICE] : null);
  }

  refusedFrames(feed: string): Promise<readonly RefusedFrame[] | null | undefined> {
    if (!this.seen) return Promise.resolve(undefined);
    return Promise.resolve(feed === 'main' ? [A_REFUSED_FRAME] : null);
  }
}

export function refusing(rejection: RejectionKind, ...problems: readonly Problem[]) {
  return { kind: 'rejected', rejection, problems } as const;
}

function accepting(command: EngineCommand): CommandAccepted {
  const id = idIn(command);
  return { kind: 'accepted', id, streamId: `stream-${id}`, revision: 4, position: '7700' };
}

function idIn(command: EngineCommand): string {
  switch (command.kind) {
    case 'DefineInstrument':
    case 'SplitInstrument':
      return command.instrumentId;
    case 'OpenAccount':
    case 'MoveCash':
    case 'ChooseCostBasis':
    case 'StateConversionRate':
    case 'CancelEntries':
    case 'HaltTrading':
    case 'ResumeTrading':
    case 'PullKillSwitch':
      return command.accountId;
    case 'PlaceOrder':
    case 'CancelOrder':
      return command.orderId;
    case 'OpenPosition':
    case 'ClosePosition':
      return command.positionId;
    case 'ArmStop':
    case 'AmendStop':
    case 'SuspendStop':
    case 'ResumeStop':
    case 'CancelStop':
      return command.stopId;
  }
}

export const A_TRIAL: TrialOutcome = {
  kind: 'would-arm',
  quantity: d('10'),
  plan: PLAN,
  track: aTrack('81.73', '83.4', 0),
  activated: true,
  firesNow: false,
  reference: null,
};

const A_BAR: BarView = {
  ...{ startMs: T0, open: d('81.5'), high: d('81.6'), low: d('81.4'), close: d('81.54') },
  prices: 12,
};

export const A_MARKET_VIEW: MarketView = {
  instrumentId: 'BINANCE:LTCUSDT',
  version: 40,
  last: { price: d('81.54'), size: '2', tradeId: '104', venueTimeMs: T0 + 500, feed: 'main' },
  book: null,
  mark: null,
  day: { startMs: 1_750_464_000_000, high: d('83.39'), low: d('81.4') },
  bars: { '1m': [A_BAR], '5m': [A_BAR] },
};

export const A_BOOK_VIEW: BookView = {
  ...{ instrumentId: 'BINANCE:LTCUSDT', feed: 'main', sequence: '77', venueTimeMs: T0 + 500 },
  bids: [
    { price: d('81.5'), size: '2' },
    { price: d('81.49'), size: '7.5' },
  ],
  asks: [{ price: d('81.52'), size: '1' }],
  estimates: [
    {
      ...{ side: 'sell', quantity: d('4'), filledQuantity: d('4'), averagePrice: d('81.495') },
      ...{ worstPrice: d('81.49'), slippageBps: d('0.61') },
    },
  ],
};

export const A_QUARANTINED_PRICE: QuarantinedPrice = {
  ...{ reason: 'outlier', instrumentId: 'BINANCE:LTCUSDT', price: '79.1', id: '103' },
  ...{ venueTimeMs: T0 + 400, receivedAtMs: T0 + 403 },
};

export const A_REFUSED_FRAME: RefusedFrame = {
  ...{ reason: 'not-json', sample: '{"e":', receivedAtMs: T0 + 403 },
};

export const AN_ENGINE_VIEW: EngineView = {
  epoch: 3,
  inputs: 41,
  stopsArmed: 2,
  lastPrices: {
    'BINANCE:LTCUSDT': {
      price: d('81.54'),
      bid: null,
      ask: null,
      tradeId: '104',
      venueTime: T0 + 500,
      receivedAt: T0 + 503,
      feed: 'main',
      recorded: 'ltc-minute',
    },
  },
  feeds: [
    {
      feed: 'main',
      url: 'ws://127.0.0.1:9001',
      connected: true,
      recorded: 'ltc-minute',
      ticks: 40,
      refused: { 'not-json': 2 },
      lastTickAt: T0 + 503,
      latency: { minMs: 3, p50Ms: 4, p99Ms: 9, samples: 40 },
      uptimeShare: '0.999500',
      gaps: [{ fromMs: T0, toMs: T0 + 250, reason: 'not connected yet' }],
    },
  ],
  unprotected: {
    positions: [
      {
        ...{ positionId: 'P1', accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT' },
        ...{ quantity: d('2.5'), sinceMs: T0 },
      },
    ],
    quantitySeconds: [
      { accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', quantitySeconds: d('12.5') },
    ],
  },
  journal: { connected: true, inFlight: 1, queued: 5, spooled: 0 },
  execution: { demo: { queued: 2, inFlight: 1, circuit: 'closed' } },
  steps: someStepTimes(),
};

/** Of one exit: decided 2 ms after its price was received, durable after 4 more, sent after 1, acknowledged after 300. */
function someStepTimes() {
  let nowMs = 0;
  const times = new StepTimes({ monotonicMs: () => nowMs, stampedAtMs: () => 0 });
  const order = { orderId: 'S1-0101' };
  times.begin();
  nowMs = 2;
  times.decided({ type: 'StopTriggered', data: { order } } as Fact);
  times.end();
  nowMs = 6;
  times.durable(order.orderId);
  nowMs = 7;
  times.sent(order.orderId);
  nowMs = 307;
  times.answered(order.orderId, 'acknowledged');
  return times.view();
}
