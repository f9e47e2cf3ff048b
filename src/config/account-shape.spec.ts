import { account } from './account-shape.js';

function mistakesOf(over: Readonly<Record<string, unknown>>): readonly string[] {
  const { error } = account.safeParse({
    ...{ id: 'a', broker: 'paper', mode: 'paper', currency: 'INR' },
    ...over,
  });
  return [...new Set(error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))];
}

describe('what an account does while the log is lost', () => {
  it('is not left to a venue that is simulated', () => {
    expect(mistakesOf({ onLogLoss: 'venueStop' })).toStrictEqual([
      'onLogLoss: must be "exit" or "hold" unless mode is "live": what rests at a simulated venue guards nothing while this engine is away',
    ]);
  });

  it('has a time only where something is left', () => {
    expect(mistakesOf({ onLogLoss: 'hold', venueStopAfterMs: 2_000 })).toStrictEqual([
      'venueStopAfterMs: must be left out unless onLogLoss is "venueStop"',
    ]);
  });

  it('is one of three', () => {
    expect(mistakesOf({ onLogLoss: 'leave' })).toStrictEqual([
      'onLogLoss: must be "exit", "hold" or "venueStop"',
    ]);
    const mt5 = { url: 'http://x', accountId: 'b', token: { env: 'T' }, venue: 'MT5.DEMO' };
    const live = { broker: 'mt5', mode: 'live', maxOrderValue: '1', mt5 };
    const left = { onLogLoss: 'venueStop', venueStopAfterMs: 2_000 };
    expect(mistakesOf({ ...live, ...left })).toStrictEqual([]);
  });
});
