import { LossWatch } from './loss-watch.js';

describe('the word on a lost feed', () => {
  it.each([
    [{ 'X:A': 'b', 'X:B': 'b' }, '; b decides meanwhile'],
    [{ 'X:A': undefined }, '; no feed can stand in for X:A'],
    [{ 'X:A': 'b', 'X:B': undefined }, '; b decides meanwhile; no feed can stand in for X:B'],
    [{}, ''],
    [
      Object.fromEntries('ABCDEFG'.split('').map((id) => [id, undefined])),
      '; no feed can stand in for A, B, C, D, E and 2 more',
    ],
  ])('says who decides, and for what nobody can: %j', (standIns, words) => {
    const raised: string[] = [];
    const desk = { raise: (...all: string[]) => void raised.push(all.join(' ')), clear: fail };
    new LossWatch(desk, () => new Map(Object.entries(standIns))).onLost('a', 'gone');
    expect(raised).toEqual([`FEED_LOST a feed a lost: gone${words}`]);
  });

  it('is said again only when it has changed, and ends with the connection', () => {
    const lines: string[] = [];
    const standIns = new Map<string, string | undefined>([['X:A', undefined]]);
    const watch = new LossWatch(
      {
        raise: (_, __, text) => void lines.push(text),
        clear: (_, __, text) => void lines.push(text),
      },
      () => standIns,
    );
    watch.onConnected('a');
    watch.onLost('a', 'gone');
    watch.check();
    standIns.set('X:A', 'b');
    for (let look = 0; look < 3; look += 1) watch.check();
    watch.onConnected('a');
    watch.check();
    expect(lines).toEqual([
      'feed a lost: gone; no feed can stand in for X:A',
      'feed a lost: gone; b decides meanwhile',
      'feed a is connected',
    ]);
  });
});

function fail(): never {
  throw new Error('nothing ends here');
}
