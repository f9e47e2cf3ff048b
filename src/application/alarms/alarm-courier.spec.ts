import { VirtualTime } from '../../../test/support/virtual-time.js';
import type { AlarmMessage, AlarmPost, PostOutcome } from '../ports/alarm.port.js';
import { AlarmCourier, UNDELIVERED_MAX } from './alarm-courier.js';
import type { AlarmSeverity } from './alarm-codes.js';

const FAILED: PostOutcome = { kind: 'failed', reason: 'no answer' };
const REFUSED: PostOutcome = { kind: 'refused', reason: 'the address answered 404' };
const DELIVERED: PostOutcome = { kind: 'delivered' };

/** Answers as told, then that all arrives; notes every try with its time. */
class ScriptedPost implements AlarmPost {
  readonly tries: string[] = [];
  readonly lostBefore: unknown[] = [];
  answers: PostOutcome[] = [];
  always: PostOutcome = DELIVERED;

  constructor(private readonly time: VirtualTime) {}

  post({ id, body }: Omit<AlarmMessage, 'severity'>): Promise<PostOutcome> {
    this.tries.push(`${this.time.clock()} ${id}`);
    this.lostBefore.push(body['lostBefore']);
    return Promise.resolve(this.answers.shift() ?? this.always);
  }
}

const message = (id: string, severity: AlarmSeverity = 'critical'): AlarmMessage => ({
  ...{ id, severity, body: {} },
});

function opened(left: readonly AlarmMessage[] = [], lost = 0) {
  const time = new VirtualTime(0);
  time.chance = 1;
  const post = new ScriptedPost(time);
  const troubles: (string | undefined)[] = [];
  const open = () =>
    new AlarmCourier({
      ...{ post, time, left, lost, onTouched: () => undefined },
      onTrouble: (reason) => void troubles.push(reason),
    });
  return { time, post, troubles, open };
}

/** Lets promises that are settled be heard. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

async function pass(time: VirtualTime, ms: number): Promise<void> {
  const end = time.clock() + ms;
  await settled();
  while (time.clock() + time.nextMs <= end) {
    time.advance(time.nextMs);
    await settled();
  }
  time.advance(end - time.clock());
}

describe('the courier', () => {
  it('delivers in order, each once', async () => {
    const { post, open } = opened();
    const courier = open();
    for (const id of ['a', 'b', 'c']) courier.take(message(id));
    await settled();
    expect([post.tries, courier.waiting]).toStrictEqual([['0 a', '0 b', '0 c'], []]);
  });

  it('tries again ever later, never at once, and tells of trouble and of its end once', async () => {
    const { time, post, troubles, open } = opened();
    post.answers = [FAILED, FAILED, FAILED, FAILED];
    const courier = open();
    courier.take(message('a'));
    courier.take(message('b'));
    await pass(time, 100_000);
    expect(post.tries).toStrictEqual(['0 a', '500 a', '1500 a', '3500 a', '7500 a', '7500 b']);
    expect(troubles).toStrictEqual(['no answer', undefined]);
  });

  it('spreads its tries by chance, at least half of the time being waited', async () => {
    const { time, post, open } = opened();
    post.answers = [FAILED, FAILED];
    time.chance = 0;
    open().take(message('a'));
    await pass(time, 10_000);
    expect(post.tries).toStrictEqual(['0 a', '250 a', '750 a']);
  });

  it('waits at most a minute of its own, and as long as the address asks, at most five minutes', async () => {
    const { time, post, open } = opened();
    post.always = FAILED;
    open().take(message('a'));
    await pass(time, 600_000);
    const at = post.tries.map((line) => Number(line.split(' ')[0]));
    expect((at.at(-1) ?? 0) - (at.at(-2) ?? 0)).toBe(60_000);
    const asked = opened();
    asked.post.answers = [{ ...FAILED, retryAfterMs: 9_000_000 }];
    asked.open().take(message('a'));
    await pass(asked.time, 400_000);
    expect(asked.post.tries).toStrictEqual(['0 a', '300000 a']);
  });

  it('gives up what the address refuses five times, and says with the next that one is lost', async () => {
    const { time, post, open } = opened();
    post.answers = Array<PostOutcome>(5).fill(REFUSED);
    const courier = open();
    courier.take(message('a'));
    courier.take(message('b'));
    await pass(time, 100_000);
    const ids = post.tries.map((line) => line.split(' ')[1]);
    expect(ids).toStrictEqual(['a', 'a', 'a', 'a', 'a', 'b']);
    expect([post.lostBefore.at(-1), courier.lost, courier.waiting]).toStrictEqual([1, 1, []]);
  });

  it('has a limit: the least severe gives way, and what is lost is counted', async () => {
    const { post, open } = opened();
    post.always = FAILED;
    const courier = open();
    courier.take(message('w', 'warning'));
    for (let n = 1; n < UNDELIVERED_MAX; n += 1) courier.take(message(`c${n}`));
    courier.take(message('late warning', 'warning'));
    courier.take(message('late'));
    await settled();
    const ids = courier.waiting.map(({ id }) => id);
    expect([ids.length, ids[0], ids.at(-1), courier.lost]).toStrictEqual([
      ...[UNDELIVERED_MAX, 'c1', 'late', 2],
    ]);
  });

  it('begins with what an earlier run left', async () => {
    const { post, open } = opened([message('left')], 3);
    open().take(message('new'));
    await settled();
    expect([post.tries, post.lostBefore]).toStrictEqual([
      ['0 left', '0 new'],
      [3, 3],
    ]);
  });

  it('ends at once when nothing waits, else after a while, keeping what has not arrived', async () => {
    const { time, post, open } = opened();
    const idle = open();
    await idle.close(2_000);
    post.always = FAILED;
    const courier = open();
    courier.take(message('a'));
    const closed = courier.close(2_000);
    await pass(time, 2_000);
    await closed;
    expect([courier.waiting.map(({ id }) => id), time.running]).toStrictEqual([['a'], 0]);
  });
});
