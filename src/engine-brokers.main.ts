import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BinanceBroker } from './adapters/broker-binance/binance.broker.js';
import type { Mt5Broker } from './adapters/broker-mt5/mt5.broker.js';
import type { AccountLog } from './adapters/broker-openalgo/logged-orders.js';
import { OpenAlgoBroker } from './adapters/broker-openalgo/openalgo.broker.js';
import { PaperBroker } from './adapters/broker-paper/paper.broker.js';
import { VenueMark } from './adapters/venue-mark/venue-mark.js';
import { WebSocketTransport } from './adapters/web-socket/web-socket.transport.js';
import type { AlarmDesk } from './application/alarms/alarm-desk.js';
import { NoBroker } from './application/no-broker.js';
import { PatientBroker } from './application/patient-broker.js';
import { OpenCappedBroker } from './application/open-capped-broker.js';
import type { VenueBroker } from './application/ports/broker.port.js';
import type { Say } from './application/ports/say.port.js';
import type { StepTimes } from './application/step-times.js';
import { TimedBroker } from './application/timed-broker.js';
import { SameAccountBroker } from './application/same-account-broker.js';
import type { NamingBroker } from './application/same-account-broker.js';
import { SettlingBroker } from './application/settling-broker.js';
import type { FeedTime } from './application/ports/stream-transport.port.js';
import { VenueReach } from './application/venue-reach.js';
import { ValueLimitedBroker } from './application/value-limited-broker.js';
import type { AccountConfig, KeySource } from './config/account-shape.js';
import { venueOf } from './config/account-venue.js';
import type { Config } from './config/config-shape.js';
import { readSecretKey } from './config/secret-key.js';
import type { KeyPlaces } from './config/secret-key.js';
import type { AccountOpened } from './domain/account/account.events.js';
import { tradeValue } from './domain/kernel/contract.js';
import { decimal } from './domain/kernel/decimal.js';
import type { Decimal } from './domain/kernel/decimal.js';
import type { Stamp } from './domain/kernel/event.js';
import type { DecimalText } from './domain/kernel/units.js';
import { isExit } from './domain/order/order-state.js';
import type { KnownExit } from './domain/order/order-state.js';
import { exitOrderId } from './domain/stop/stop-state.js';
import { FRUITLESS_MAX } from './engine/exit-ladder.js';
import { openPositionsOf, openTradeOf } from './engine/open-trade.js';
import type { BrokerReport } from './engine/inputs.js';
import type { KnownInstrument, Registry } from './engine/registry.js';
import type { Tick } from './engine/tick.js';

export interface EngineBrokersOptions {
  readonly config: Config;
  readonly keyPlaces: KeyPlaces;
  readonly time: FeedTime;
  readonly alarms: Pick<AlarmDesk, 'raise'>;
  /** Missing: nobody wants to know how long a venue takes. */
  readonly times?: Pick<StepTimes, 'sent' | 'answered'>;
  readonly report: (report: BrokerReport) => void;
  readonly say: Say;
  /** What the log came to. */
  readonly registry: Registry;
  /** Of this run. */
  readonly epoch: () => number;
  readonly priceOf: (instrumentId: string) => DecimalText | undefined;
}

type Live<Broker extends AccountConfig['broker']> = Extract<AccountConfig, { broker: Broker }>;

/** Attempts in a row that a venue may refuse within a lease: those of the ladder, and some that were held. */
const TRACELESS_MAX = 2 * FRUITLESS_MAX;

const NOTHING = { positions: 0, stops: 0, orders: 0 };

class KeyUnreadable extends Error {}

/** The brokers of the accounts, one each, opened when they are first needed. Only a live account's is a real one. */
export class EngineBrokers {
  private readonly brokers = new Map<string, VenueBroker>();
  /** Accounts through which nothing leaves. */
  private readonly without = new Set<string>();
  private readonly papers: PaperBroker[] = [];
  /** Loaded when an account asks for it. */
  private mt5: typeof Mt5Broker | undefined;

  readonly reach: VenueReach;

  constructor(private readonly options: EngineBrokersOptions) {
    const { config, registry } = options;
    const accounts = new Map(config.accounts.map((account) => [account.id, account]));
    this.reach = new VenueReach({
      registry,
      venueOf: (id) => {
        const account = accounts.get(id);
        return account && venueOf(account);
      },
    });
  }

  /** Before any order may leave. */
  async load(): Promise<void> {
    const { accounts } = this.options.config;
    if (accounts.some(({ broker, mode }) => broker === 'mt5' && mode === 'live')) {
      ({ Mt5Broker: this.mt5 } = await import('./adapters/broker-mt5/mt5.broker.js'));
    }
  }

  /**
   * What filled while nobody watched is found by watching, whether or not an order is to be sent. An account that the
   * configuration has lost is missed now, not when its stop fires.
   */
  openAll(): void {
    const { config, registry, alarms } = this.options;
    const configured = new Set(config.accounts.map(({ id }) => id));
    for (const id of configured) this.of(id);
    for (const id of registry.accounts.keys()) {
      if (!configured.has(id) && openTradeOf(registry, id)) this.of(id);
    }
    for (const { accountId, instrumentId, text } of this.reach.unreachable()) {
      if (!this.isThere(accountId)) continue;
      alarms.raise('VENUE_MISMATCH', `${accountId} ${instrumentId}`, text);
    }
  }

  of(accountId: string): VenueBroker | undefined {
    const known = this.brokers.get(accountId);
    if (known) return known;
    const account = this.options.registry.accounts.get(accountId);
    if (!account) return undefined;
    const { times, registry } = this.options;
    const opened = this.open(account);
    const timed = times ? new TimedBroker(opened, times) : opened;
    const patient = new PatientBroker(timed, () => performance.now());
    const capped = new OpenCappedBroker(patient, {
      positionOf: (orderId) => registry.positionOf(orderId),
      orderOf: (orderId) => registry.orders.get(orderId),
    });
    const broker = new SettlingBroker(capped, (orderId) => registry.orders.get(orderId));
    broker.onFill((report) => this.options.report({ kind: 'fill', ...report }));
    broker.onOrderEnd(({ orderId, status, venueText }) =>
      this.options.report({
        kind: status === 'expired' ? 'expired' : 'cancelled',
        orderId,
        reason: `${status}: ${venueText}`,
      }),
    );
    this.brokers.set(accountId, broker);
    return broker;
  }

  isThere(accountId: string): boolean {
    return !this.without.has(accountId);
  }

  onTick(tick: Tick, scale: number): void {
    for (const paper of this.papers) paper.onTick(tick, scale);
  }

  async close(): Promise<void> {
    await Promise.all([...this.brokers.values()].map((broker) => broker.close()));
  }

  private open(account: AccountOpened['data']): VenueBroker {
    const { accountId, mode } = account;
    const configured = this.options.config.accounts.find(({ id }) => id === accountId);
    if (mode !== 'live') return this.openPaper(account, configured?.paper);
    if (configured?.mode !== 'live' || configured.broker !== account.broker) {
      return this.noBroker(accountId, mismatchOf(account, configured));
    }
    const elsewhere = this.openElsewhere(configured);
    if (elsewhere !== undefined) return this.noBroker(accountId, elsewhere);
    try {
      const { maxOrderValue } = configured;
      if (maxOrderValue === undefined) throw new Error('Invariant: a live account has a limit');
      const valueOf = (...order: Parameters<EngineBrokers['valueOf']>) => this.valueOf(...order);
      return new ValueLimitedBroker(this.sameAccount(configured), {
        maxOrderValue: maxOrderValue as DecimalText,
        valueOf,
      });
    } catch (error) {
      if (!(error instanceof KeyUnreadable)) throw error;
      return this.noBroker(accountId, error.message);
    }
  }

  private openElsewhere(account: AccountConfig): string | undefined {
    const book = bookOf(account);
    const before = this.leftAt(account.id, 'book', book);
    if (before === undefined) return undefined;
    return `what is open is at ${before}, and the configuration names ${book}`;
  }

  private sameAccount(account: AccountConfig): VenueBroker {
    const venue = this.openVenue(account);
    if (!isNaming(venue)) return venue;
    const judge = (name: string) => {
      const before = this.leftAt(account.id, 'owner', name);
      if (before === undefined) return undefined;
      const cause = `what is open is in account ${before} of its venue, and its key opens account ${name}`;
      return this.noBroker(account.id, cause);
    };
    return new SameAccountBroker(venue, judge, (ms) => pause(ms, undefined, { ref: false }));
  }

  /** Where an account has traded, if what it has open is there still and it trades elsewhere now, which else is kept. */
  private leftAt(accountId: string, kind: 'book' | 'owner', now: string): string | undefined {
    const mark = new VenueMark(join(this.folder('venues'), `${accountId}.${kind}`));
    const before = mark.read();
    if (before === now) return undefined;
    const isOpen = openTradeOf(this.options.registry, accountId) !== undefined;
    if (before !== undefined && isOpen) return before;
    // Data of a version that kept no such mark: nobody can tell whether it is the right one.
    if (isOpen) this.options.say(`account ${accountId}: what is open is taken to be at ${now}`);
    mark.keep(now);
    return undefined;
  }

  private openVenue(account: AccountConfig): VenueBroker {
    switch (account.broker) {
      case 'paper':
        throw new Error('Invariant: the paper venue is never live');
      case 'openalgo':
        return this.openOpenAlgo(account);
      case 'binance':
        return this.openBinance(account);
      case 'mt5':
        return this.openMt5(account);
    }
  }

  private openOpenAlgo({ id, currency, openalgo }: Live<'openalgo'>): VenueBroker {
    return new OpenAlgoBroker({
      url: openalgo.url.replace(/\/$/, ''),
      apiKey: this.key(openalgo.key),
      timeoutMs: openalgo.timeoutMs ?? 5_000,
      bookPath: join(this.folder('openalgo'), `${id}.jsonl`),
      product: openalgo.product,
      strategy: openalgo.strategy ?? 'stopledger',
      algoTag: openalgo.algoTag,
      analyze: openalgo.analyze ?? false,
      currency,
      pollMs: openalgo.pollMs ?? 1_000,
      agreePauseMs: openalgo.agreePauseMs ?? 1_000,
      receiveWindowMs: openalgo.receiveWindowMs ?? 30_000,
      log: this.logOf(id),
      clock: () => Date.now(),
      pause: (ms) => pause(ms, undefined, { ref: false }),
      onAlarm: (text) =>
        this.options.alarms.raise('ORDER_MAYBE_LIVE', id, `account ${id}: ${text}`),
    });
  }

  private logOf(accountId: string): AccountLog {
    const { registry, epoch } = this.options;
    const isOurs = ({ stamp }: { readonly stamp: Stamp }) => stamp.accountId === accountId;
    return {
      epoch,
      order: (orderId) => registry.orders.get(orderId),
      unsettled: () => [...registry.orders.unsettled()].filter(isOurs),
      positions: () =>
        [...openPositionsOf(registry, accountId)].map(
          ({ stamp: { instrumentId }, side, quantity }) => ({ instrumentId, side, quantity }),
        ),
    };
  }

  private openBinance({ id: accountId, binance }: Live<'binance'>): VenueBroker {
    const { market, testnet = false, url, streamUrl } = binance;
    const { config, registry } = this.options;
    const venue = market === 'spot' ? 'BINANCE:' : 'BINANCE_USDM:';
    const configured = config.instruments.map(({ id }) => id);
    // Spot tells of balances alone: what is not asked for is flat, also that of an instrument which is configured no more.
    const held = () =>
      [...openPositionsOf(registry, accountId)].map(({ stamp }) => stamp.instrumentId);
    return new BinanceBroker({
      keys: { key: this.key(binance.key), secret: this.key(binance.secret) },
      addresses: { market, testnet, restUrl: url?.replace(/\/$/, ''), streamUrl },
      timeoutMs: binance.timeoutMs ?? 5_000,
      recvWindowMs: binance.recvWindowMs ?? 5_000,
      stream: new WebSocketTransport(),
      time: this.options.time,
      instrumentOf: (orderId) => registry.instrumentOf(orderId),
      instruments: () =>
        [...new Set([...configured, ...held()])].filter((id) => id.startsWith(venue)),
    });
  }

  private openMt5({ currency, mt5 }: Live<'mt5'>): VenueBroker {
    if (!this.mt5) throw new Error('Invariant: its adapter is loaded before accounts are opened');
    return new this.mt5({
      url: mt5.url.replace(/\/$/, ''),
      metaApiAccountId: mt5.accountId,
      token: this.key(mt5.token),
      timeoutMs: mt5.timeoutMs ?? 10_000,
      venue: mt5.venue,
      currency,
      pollMs: mt5.pollMs ?? 1_000,
      agreePauseMs: mt5.agreePauseMs ?? 1_000,
      clock: () => Date.now(),
      pause: (ms) => pause(ms, undefined, { ref: false }),
      orderIds: () => this.idsThere(),
    });
  }

  /** Also of attempts that another engine may have gone on to: a venue that shows hashes of ids cannot tell them. */
  private *idsThere(): Iterable<string> {
    const { orders } = this.options.registry;
    yield* orders.keys();
    for (const order of orders.unsettled()) if (isExit(order)) yield* attemptsAfter(order);
  }

  private openPaper(
    { accountId, mode }: AccountOpened['data'],
    terms: AccountConfig['paper'],
  ): PaperBroker {
    const broker = new PaperBroker({
      bookPath: join(this.folder(mode), `${accountId}.jsonl`),
      feeBps: (terms?.feeBps ?? '0') as DecimalText,
      instrumentOf: (instrumentId) => this.known(instrumentId).definition,
      submitLatencyMs: terms?.submitLatencyMs ?? 0,
      ackLatencyMs: terms?.ackLatencyMs ?? 0,
      clock: this.options.time.clock,
      pause: (ms) => pause(ms),
    });
    this.papers.push(broker);
    return broker;
  }

  private known(instrumentId: string): KnownInstrument {
    const instrument = this.options.registry.instruments.get(instrumentId);
    if (!instrument) throw new Error(`Invariant: what trades is defined, found ${instrumentId}`);
    return instrument;
  }

  private noBroker(accountId: string, cause: string): NoBroker {
    this.without.add(accountId);
    const { positions, stops, orders } = openTradeOf(this.options.registry, accountId) ?? NOTHING;
    const open = `open: positions ${positions}, stops ${stops}, orders ${orders}`;
    const text = `account ${accountId} has no broker: ${cause}; ${open}`;
    this.options.alarms.raise('BROKER_ABSENT', accountId, text);
    return new NoBroker(cause);
  }

  private key(source: KeySource): string {
    const found = readSecretKey(source, this.options.keyPlaces);
    if (found.kind === 'unreadable') throw new KeyUnreadable(found.reason);
    return found.key;
  }

  private folder(name: string): string {
    const dir = join(this.options.config.dataDir, name);
    mkdirSync(dir, { recursive: true });
    return dir;
  }

  private valueOf(
    instrumentId: string,
    quantity: DecimalText,
    price = this.options.priceOf(instrumentId),
  ): Decimal | undefined {
    const instrument = this.options.registry.instruments.get(instrumentId);
    if (!instrument || price === undefined) return undefined;
    return tradeValue(instrument.definition.contract, decimal(quantity), decimal(price));
  }
}

function isNaming(broker: VenueBroker): broker is NamingBroker {
  return broker.accountName !== undefined;
}

/** What an account was opened with holds for its life: at another broker nothing of it would be found. */
function mismatchOf(
  { broker, mode }: AccountOpened['data'],
  configured: AccountConfig | undefined,
): string {
  if (!configured) return 'the configuration does not name it';
  const asked = `broker ${configured.broker} in mode ${configured.mode}`;
  return `it was opened with broker ${broker} in mode ${mode}, and the configuration names ${asked}`;
}

/** What decides which positions and orders a venue shows. Not where it is reached, nor by which key: those may change. */
function bookOf(account: AccountConfig): string {
  switch (account.broker) {
    case 'binance': {
      const { market, testnet = false } = account.binance;
      return `binance ${market}${testnet ? ' testnet' : ''}`;
    }
    case 'openalgo': {
      const { product, analyze = false } = account.openalgo;
      return `openalgo product ${product}${analyze ? ' analyze' : ''}`;
    }
    case 'mt5':
      return `mt5 account ${account.mt5.accountId}`;
    case 'paper':
      throw new Error('Invariant: the paper venue is never live');
  }
}

function* attemptsAfter({ stopId, ordinal, attempt }: KnownExit): Iterable<string> {
  for (let ahead = 1; ahead <= TRACELESS_MAX; ahead += 1) {
    yield exitOrderId(stopId, ordinal, attempt + ahead);
  }
}
