import type { PlanRequest } from '../../src/domain/stop/plan-request.js';
import { AppProcess } from './app-process.js';
import { CutLine } from './cut-line.js';
import type { CutHalf } from './cut-line.js';
import { liveBinanceAccount } from './live-binance-account.js';
import type { LiveBinanceAccount } from './live-binance-account.js';
import { startMemoryStore } from './memory-store.js';
import type { MemoryStore } from './memory-store.js';
import { ScriptedVenue } from './scripted-venue.js';
import { until } from './until.js';

/** An engine with a feed and a line to the log of its own. */
interface Half {
  readonly feed: ScriptedVenue;
  readonly line: CutLine;
  readonly app: AppProcess;
}

/** Two engines in front of one log and one venue. Who is cut off loses the stops, so that both have their turn. */
export class TwoEngines {
  private readonly halves: Half[] = [];

  private constructor(
    private readonly account: LiveBinanceAccount,
    private readonly store: MemoryStore,
  ) {}

  /** The second one is started by `exitOfLoneOwner` where there is to be one at first. */
  static async start(atFirst: 1 | 2 = 2): Promise<TwoEngines> {
    const store = await startMemoryStore();
    const both = new TwoEngines(await liveBinanceAccount('spot'), store);
    both.halves.push(await both.openHalf(store.port), await both.openHalf(store.port));
    for (const { app } of both.halves.slice(0, atFirst)) await app.start();
    return both;
  }

  async dispose(): Promise<void> {
    for (const { app, feed, line } of this.halves) {
      line.mend();
      await app.dispose();
      await feed.close();
      await line.close();
    }
    this.store.kill();
    await this.account.close();
  }

  /** The price comes while the one that is cut off still holds its lease. Returns the orders at the venue. */
  exitWithinLease(half: CutHalf): Promise<number> {
    return this.exitOnceCut(half, { stop: '82' });
  }

  /** The same, and the venue refuses the first attempt: the next one asks for no limit. */
  exitRefusedWithinLease(half: CutHalf): Promise<number> {
    this.account.venue.failNext('refused');
    return this.exitOnceCut(half, {
      stop: '82',
      limit: { offset: '0.05', unfilledAfter: 'PT5S', then: 'market' },
    });
  }

  private async exitOnceCut(half: CutHalf, plan: PlanRequest): Promise<number> {
    const [owner, standby] = await this.roles();
    const stopId = await armed(owner, plan);
    owner.line.cut(half);
    await owner.feed.sendPrint('81.90');
    // Filled: from here on the venue takes the same id for a new order.
    await this.fill(stopId);
    await until('the other one takes over', () => guards(standby));
    await standby.feed.sendPrint('81.90');
    await standby.app.stopWhen(stopId, 'closed');
    await mended(owner, standby);
    return this.ordersOf(stopId).length;
  }

  /** The price comes to both once the lease has run out. Returns the orders at the venue. */
  async exitAfterLease(half: CutHalf): Promise<number> {
    const [owner, standby] = await this.roles();
    const stopId = await armed(owner);
    owner.line.cut(half);
    await until('the other one takes over', () => guards(standby));
    await owner.feed.sendPrint('81.90');
    await standby.feed.sendPrint('81.90');
    await this.fill(stopId);
    await standby.app.stopWhen(stopId, 'closed');
    await mended(owner, standby);
    return this.ordersOf(stopId).length;
  }

  /** It is cut off before the other one comes, and knows of no lease. Returns the orders at the venue. */
  async exitOfLoneOwner(): Promise<number> {
    const [owner, late] = this.halves;
    if (!owner || !late) throw new Error('there are two');
    const stopId = await armed(owner);
    owner.line.cut('both');
    await late.app.start();
    await until('the other one takes over', () => guards(late));
    await until('it tells of the owner', () => late.app.output.includes('code=OWNER_UNHEARD'));
    await owner.feed.sendPrint('81.90');
    await this.fill(stopId);
    await late.feed.sendPrint('81.90');
    await late.app.stopWhen(stopId, 'closed');
    await mended(owner, late);
    return this.ordersOf(stopId).length;
  }

  private async openHalf(storePort: number): Promise<Half> {
    const feed = await ScriptedVenue.open();
    const line = await CutLine.open(storePort);
    const { yaml: account, env } = this.account;
    const log = `esdb://127.0.0.1:${line.port}?tls=false`;
    return { feed, line, app: await AppProcess.prepare(feed.url, {}, log, { account, env }) };
  }

  private async roles(): Promise<readonly [owner: Half, standby: Half]> {
    const owner = await until('one of both owns the stops', async () => {
      for (const half of this.halves) if (await guards(half)) return half;
      return undefined;
    });
    const standby = this.halves.find((half) => half !== owner);
    if (!standby) throw new Error('there are two');
    return [owner, standby];
  }

  private ordersOf(stopId: string) {
    return this.account.venue.book.orders.filter(({ clientOrderId }) =>
      clientOrderId.startsWith(stopId),
    );
  }

  private async fill(stopId: string): Promise<void> {
    const order = await until('the exit is at the venue', () => this.ordersOf(stopId)[0]);
    this.account.venue.book.trade(order, '10');
  }
}

async function guards({ app }: Half): Promise<boolean> {
  return (await app.get('/health/ready')).body['checks']?.engine === 'up';
}

async function armed({ app, feed }: Half, plan: PlanRequest = { stop: '82' }): Promise<string> {
  await feed.sendPrint('83.20');
  await until('the price is there', async () => {
    const { body } = await app.get('/api/v1/instruments/BINANCE:LTCUSDT');
    return body['last']?.price === '83.2';
  });
  return app.armStop(await app.openPosition('long', '10', '83.29'), plan);
}

async function mended(owner: Half, standby: Half): Promise<void> {
  owner.line.mend();
  await until('the one that was cut off finds that it lost', async () => !(await guards(owner)));
  await until('the other one acts', () => guards(standby));
}
