import type {
  CancelOutcome,
  OrderTicket,
  SubmitOutcome,
  VenueLookUp,
} from '../../src/application/ports/broker.port.js';
import type { Spool } from '../../src/application/ports/spool.port.js';
import type { TapeRecord } from '../../src/application/ports/tape.port.js';
import type { Fact } from '../../src/domain/facts.js';
import type { DecimalText } from '../../src/domain/kernel/units.js';
import type { RefusalKind } from '../../src/domain/order/refusal.js';
import type { OrderPlaced } from '../../src/domain/order/order.events.js';
import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import type { Decision } from '../../src/engine/decisions.js';
import type { EngineCommand } from '../../src/engine/engine-commands.js';
import { ChaosClock } from './chaos-clock.js';
import { ChaosEngine } from './chaos-engine.js';
import { ChaosLog } from './chaos-log.js';
import type { LogTrouble } from './chaos-log.js';
import { ChaosVenue, RECEIVE_WINDOW_MS, isInsurance } from './chaos-venue.js';
import { LTC, T0, ulidOf } from './partition-fixture.js';
import { RestingWord } from './resting-word.js';
import { Seeded } from './seeded.js';

const TROUBLED_MS = 8_000;
const HEALED_MS_MAX = 300_000;
const LOOK_MS = 2_000;
const TICK_MS = 20;
// Half a second until a log that does not answer counts as away, a quarter of it to notice, and the spool.
const HELD_MS_MAX = 650;
/** What rests is taken back, and looked up, where the venue lets nothing leave twice: if it does not answer, not for ever. */
const UNLOCK_MS_MAX = 1_500;
/** The same where both could leave, when the venue answers. As long as it does not the exit has to wait. */
const ANSWERED_MS_MAX = 500;
const ASIDE = 1_000_000_007;

/** A run in which nothing is left to chance but latencies: these prints, and a log that does not answer for a while. */
export interface ChaosScene {
  readonly plan: PlanRequest;
  /** Times in ms from the beginning. */
  readonly prints: readonly {
    readonly atMs: number;
    readonly price: string;
    readonly tradeId: string;
  }[];
  readonly logTrouble: LogTrouble;
  /** Missing: never. */
  readonly venueStopAfterMs?: number;
  /** What the venue says to the first orders. */
  readonly refusals?: readonly RefusalKind[];
  /** When another machine takes over. */
  readonly takeOverAtMs?: number;
}

/** What a machine has on a disk of its own: another one that takes over knows nothing of it. */
interface Machine {
  readonly tape: TapeRecord[];
  spool: (readonly Decision[])[];
}

/** Everything outside one engine and its lives: clock, log, spool, tape, venue, prices, client, and what goes wrong. */
export class ChaosWorld {
  readonly random: Seeded;
  readonly clock = new ChaosClock(T0);
  readonly log: ChaosLog;
  readonly venue: ChaosVenue;
  /** What an invariant forbids and happened all the same. */
  readonly violations: string[] = [];
  readonly story: string[] = [];
  /** So long after the loss of the log a stop is left to the one that rests at the venue for it. */
  readonly venueStopAfterMs: number;
  /** Stops that were. */
  readonly left: string[] = [];
  /** How often another machine took over from one that had died. */
  takeOvers = 0;
  private machine: Machine = { tape: [], spool: [] };
  private otherMachine: Machine = { tape: [], spool: [] };
  private readonly takesOver: Seeded;
  private readonly mutes: Seeded;
  private readonly decidedAt = new Map<string, number>();
  private readonly sent = new Set<string>();
  /** A target was to rest beside a stop. Whether it has arrived an exit does not know. */
  private asksForPairs = false;
  private readonly resting = new RestingWord(RECEIVE_WINDOW_MS);
  private engine: ChaosEngine;
  private epoch = 1;
  private tradeId = 0;
  private priceUnits = 8_329;
  private readonly side: 'long' | 'short';

  constructor(
    seed: number,
    private readonly scene?: ChaosScene,
  ) {
    this.random = new Seeded(seed);
    this.log = new ChaosLog(this.clock, this.random);
    // By chance of its own: the rest of a seed's story stays what it was.
    const drawn = new Seeded(seed + ASIDE).oneOf([Infinity, Infinity, 0, 300, 1_000]);
    this.takesOver = new Seeded(seed + 2 * ASIDE);
    this.venueStopAfterMs = scene ? (scene.venueStopAfterMs ?? Infinity) : drawn;
    this.side = scene ? 'long' : this.random.oneOf(['long', 'short']);
    const held = (this.side === 'long' ? '10' : '-10') as DecimalText;
    const others = new Seeded(seed + 3 * ASIDE).oneOf(['0' as DecimalText, held]);
    this.venue = new ChaosVenue(this.clock, this.random, held, others);
    this.mutes = new Seeded(seed + 4 * ASIDE);
    this.engine = new ChaosEngine(this, this.epoch);
  }

  get tape(): TapeRecord[] {
    return this.machine.tape;
  }

  get spool(): readonly (readonly Decision[])[] {
    return this.machine.spool;
  }

  /** Whether the log has what the spool of this machine had kept. */
  emptySpool(): void {
    this.machine.spool = [];
  }

  /** Troubled for some seconds, then healed until everything that was begun must have ended. */
  async run(): Promise<void> {
    const end = this.clock.now + TROUBLED_MS;
    this.log.troubles = this.plannedTroubles();
    this.venue.halts = this.plannedHalts();
    this.venue.listen(
      (report) => this.engine.onFillReport(report),
      (report) => this.engine.onEndReport(report),
    );
    void this.engine.start();
    void this.setUp();
    if (this.scene) this.play(this.scene);
    else this.trouble();
    await this.clock.runUntil(end);
    if (!this.scene) this.log.troubles = [];
    this.venue.isTroubled = false;
    let at = end;
    while (!this.isOver && at < end + HEALED_MS_MAX) await this.clock.runUntil((at += LOOK_MS));
    await this.clock.runUntil(at + LOOK_MS);
  }

  private play({ prints, logTrouble, refusals = [], takeOverAtMs }: ChaosScene): void {
    const { from, to, kind } = logTrouble;
    this.log.troubles = [{ from: T0 + from, to: T0 + to, kind }];
    this.venue.halts = [];
    this.venue.isTroubled = false;
    this.venue.refusals = refusals;
    if (takeOverAtMs !== undefined) this.clock.in(takeOverAtMs, () => this.replace());
    for (const { atMs, price, tradeId } of prints) {
      this.clock.in(atMs, () => this.show(price, tradeId));
    }
  }

  private trouble(): void {
    for (let death = this.random.between(0, 3); death > 0; death -= 1) {
      this.clock.in(this.random.between(200, TROUBLED_MS), () => this.kill());
    }
    this.clock.in(TICK_MS, () => this.tick());
  }

  private show(price: string, tradeId: string): void {
    this.venue.print(price);
    this.engine.onPrice(price, tradeId);
  }

  /** Whether the stop and all of its orders are settled, and the log has it. */
  private get isOver(): boolean {
    const newest = this.log.typesOf('stop-').at(-1);
    const isSettled = newest === 'StopClosed' || newest === 'StopCancelled';
    return isSettled && this.spool.length === 0 && this.log.hasSettledOrders;
  }

  /** A disk does one thing after the other: what was to be kept before it is cleared is there before. */
  spoolFor(engine: ChaosEngine): Spool {
    const { machine } = this;
    let work: Promise<unknown> = Promise.resolve();
    const next = <Done>(done: Done, does: () => void): Promise<Done> => {
      const doing = work.then(
        () =>
          new Promise<Done>((resolve) => {
            this.clock.in(this.random.between(0, 2), () => {
              if (engine.isDead) return;
              does();
              resolve(done);
            });
          }),
      );
      work = doing;
      return doing;
    };
    return {
      keep: (decisions) => next('kept', () => machine.spool.push(decisions)),
      clear: () => next(undefined, () => (machine.spool = [])),
    };
  }

  /** An engine that lives has decided that this order must leave. */
  noteDecided(orderId: string): void {
    if (this.decidedAt.has(orderId)) return;
    this.decidedAt.set(orderId, this.clock.now);
    if (!this.scene && !isInsurance(orderId) && this.mutes.happens(0.2)) this.mute();
  }

  /** Just when an exit needs its word on what rests. */
  private mute(): void {
    const from = this.clock.now;
    this.venue.mute = { from, to: from + this.mutes.between(500, 8_000) };
    this.note('the venue falls mute');
  }

  /** A stop has fired and is left to the one at the venue. */
  noteLeft(stopId: string): void {
    this.left.push(stopId);
    this.note(`${stopId} is left to the venue`);
  }

  /** Record before act is checked at the venue's door. */
  submit(epoch: number, ticket: OrderTicket, answer: (outcome: SubmitOutcome) => void): void {
    this.note(`engine ${epoch} sends ${ticket.orderId}`);
    const logged = this.log.events.map(({ decision }) => decision);
    const decided = ({ fact }: Decision): boolean => decides(fact, ticket.orderId);
    const decision = [...logged, ...this.spool.flat()].find(decided);
    if (!decision) this.violations.push(`${ticket.orderId} left before its decision was durable`);
    const isFirst = !this.sent.has(ticket.orderId);
    this.sent.add(ticket.orderId);
    // What an earlier life decided, or another machine may have sent, is looked up until the venue speaks.
    const isOwn = decision?.input.epoch === epoch && !this.engine.doubts(ticket.orderId);
    if (this.engine.leaves(ticket) && !ticket.insures && !logged.some(decided)) {
      this.violations.push(`${ticket.orderId} left though its stop is left to the venue`);
    }
    const wasLeft = this.left.some((stopId) => ticket.orderId.startsWith(stopId));
    if (isFirst && isOwn && !ticket.insures && !wasLeft) this.checkHeld(ticket);
    if (!ticket.insures) {
      this.venue.submit(ticket, answer);
      return;
    }
    this.asksForPairs ||= ticket.targetPrice !== undefined;
    this.resting.sent(ticket.orderId, this.clock.now);
    this.venue.submit(ticket, (outcome) => {
      this.resting.onSubmit(ticket.orderId, outcome, this.clock.now);
      answer(outcome);
    });
  }

  cancel(orderId: string, answer: (outcome: CancelOutcome) => void): void {
    this.resting.asked(orderId);
    this.venue.cancel(orderId, (outcome) => {
      this.resting.onCancel(orderId, outcome, this.clock.now);
      answer(outcome);
    });
  }

  lookUp(orderId: string, answer: (outcome: VenueLookUp) => void): void {
    this.venue.lookUp(orderId, (outcome) => {
      this.resting.onLookUp(orderId, outcome, this.clock.now);
      answer(outcome);
    });
  }

  /**
   * An exit waits for the log, for what is taken back to make room, and for nothing else. Where both could leave it waits
   * from then on when the venue has said what became of what rests for its stop.
   */
  private checkHeld({ orderId }: OrderTicket): void {
    const { now } = this.clock;
    const decidedAt = this.decidedAt.get(orderId) ?? now;
    const { locksHoldings, holdsMore } = this.venue;
    const mayLeaveTwice = holdsMore || this.asksForPairs;
    const heldMs =
      now - (mayLeaveTwice ? Math.max(decidedAt, this.resting.clearAtMs ?? now) : decidedAt);
    const isInTheWayMs = mayLeaveTwice ? ANSWERED_MS_MAX : locksHoldings ? UNLOCK_MS_MAX : 0;
    if (heldMs > HELD_MS_MAX + isInTheWayMs)
      this.violations.push(`${orderId} was held for ${heldMs} ms`);
  }

  private note(what: string): void {
    this.story.push(`${this.clock.now - T0} ${what}`);
  }

  private kill(): void {
    this.note(`engine ${this.epoch} dies`);
    this.engine.die();
    this.clock.in(this.random.between(20, 600), () => this.restart());
  }

  private replace(): void {
    this.note(`engine ${this.epoch} dies`);
    this.engine.die();
    this.takeOver();
    this.begin();
  }

  private restart(): void {
    if (!this.engine.isDead) return;
    if (this.takesOver.happens(0.3)) this.takeOver();
    this.begin();
  }

  private begin(): void {
    this.epoch += 1;
    this.decidedAt.clear();
    this.note(`engine ${this.epoch} starts`);
    this.engine = new ChaosEngine(this, this.epoch);
    void this.engine.start();
  }

  /** The other machine has the log, and whatever it kept when it was the owner before. */
  private takeOver(): void {
    [this.machine, this.otherMachine] = [this.otherMachine, this.machine];
    this.takeOvers += 1;
    this.note('another machine takes over');
  }

  /** Prices wander while there is trouble, and pass every stop of the position afterwards. */
  private tick(): void {
    // A conflict ends an engine; the supervisor starts it again.
    if (this.engine.isDead && this.random.happens(0.1)) this.restart();
    const isHealed = this.clock.now > T0 + TROUBLED_MS + 5_000;
    const drift = isHealed ? (this.side === 'long' ? -3 : 3) : 0;
    this.priceUnits += this.random.between(-6, 6) + drift;
    if (this.random.happens(0.01)) this.priceUnits += this.random.between(-80, 80);
    this.priceUnits = Math.min(Math.max(this.priceUnits, 4_000), 16_000);
    this.tradeId += 1;
    const price = `${Math.floor(this.priceUnits / 100)}.${String(this.priceUnits % 100).padStart(2, '0')}`;
    this.show(price, String(this.tradeId));
    this.clock.in(TICK_MS, () => this.tick());
  }

  /** The client says each thing again, with the same key, until it is accepted. */
  private async setUp(): Promise<void> {
    for (const command of this.commands()) {
      while (!(await this.tried(command))) {
        await new Promise<void>((resolve) => this.clock.in(50, resolve));
      }
    }
    this.note('armed');
  }

  /** An engine that dies gives no answer: the client asks again after a while. */
  private tried(command: EngineCommand): Promise<boolean> {
    return new Promise((resolve) => {
      this.clock.in(1_500, () => resolve(false));
      void this.engine.command(command).then(resolve);
    });
  }

  private commands(): readonly EngineCommand[] {
    const head = (commandId: string) => ({ commandId, actor: 'test' });
    const isLong = this.side === 'long';
    const trail = { amount: this.random.oneOf(['0.30', '0.80']) };
    const stop = isLong ? '82.00' : '84.60';
    const target = { price: isLong ? '83.90' : '82.70', portion: '0.5' };
    const plan =
      this.scene?.plan ??
      this.random.oneOf<PlanRequest>([
        { stop },
        { trail },
        { stop, trail, targets: [target] },
        { trail, step: '0.05' },
        { trail, insurance: { margin: { amount: this.random.oneOf(['0.02', '0.40']) } } },
        { stop, targets: [target], insurance: { margin: { amount: '0.05' } } },
        ...[{ stop }, { trail }].map((guard) => ({
          ...guard,
          targets: [{ price: target.price }],
          insurance: { margin: { amount: '0.05' }, withTarget: true },
        })),
        { stop, breakEven: { trigger: target.price, offset: '0' } },
        { stop, limit: { offset: '0.02', unfilledAfter: 'PT0.3S', then: 'market' } },
        { trail, exit: { type: 'limit', collar: { ticks: 1 }, unfilledAfter: 'PT0.2S' } },
        {
          stop,
          limit: { offset: '0.01', unfilledAfter: 'PT0.2S' },
          exit: { type: 'limit', collar: { ticks: 2 }, timeInForce: 'ioc' },
          targets: [target],
        },
      ]);
    return [
      {
        kind: 'DefineInstrument',
        instrumentId: LTC,
        symbol: 'LTCUSDT',
        priceTick: '0.01',
        quantityStep: '0.001',
        quoteCurrency: 'USDT',
        feeds: ['main'],
        ...head('c1'),
      },
      {
        kind: 'OpenAccount',
        accountId: 'demo',
        broker: 'binance',
        mode: 'live',
        currency: 'USDT',
        ...head('c2'),
        actor: 'configuration',
      },
      {
        kind: 'OpenPosition',
        positionId: ulidOf(1),
        accountId: 'demo',
        instrumentId: LTC,
        side: this.side,
        quantity: '10',
        entryPrice: '83.29',
        ...head('c3'),
      },
      {
        kind: 'ArmStop',
        stopId: ulidOf(2),
        positionId: ulidOf(1),
        plan: { ...plan, dialect: 'stopledger' },
        ...head('c4'),
      },
    ];
  }

  private plannedHalts() {
    if (this.random.happens(0.6)) return [];
    const from = this.clock.now + this.random.between(500, TROUBLED_MS + 8_000);
    return [{ from, to: from + this.random.between(300, 20_000) }];
  }

  private plannedTroubles(): readonly LogTrouble[] {
    const troubles: LogTrouble[] = [];
    for (let count = this.random.between(0, 4); count > 0; count -= 1) {
      const from = this.clock.now + this.random.between(0, TROUBLED_MS);
      const to = from + this.random.between(10, 3_000);
      troubles.push({ from, to, kind: this.random.oneOf(['down', 'hangs', 'loses answers']) });
    }
    return troubles;
  }
}

/** An entry, a further attempt of an exit, and a stop that rests at the venue. */
function decidesItself(data: OrderPlaced['data']): boolean {
  return !data.reduceOnly || data.attempt > 1 || data.insures === true;
}

/** A further attempt of an exit is decided by its own order's event. */
function decides(fact: Fact, orderId: string): boolean {
  switch (fact.type) {
    case 'StopTriggered':
    case 'StopTargetHit':
      return fact.data.order.orderId === orderId;
    case 'OrderPlaced':
      return fact.data.orderId === orderId && decidesItself(fact.data);
    default:
      return false;
  }
}
