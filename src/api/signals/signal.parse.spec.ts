import { A_SIGNAL_SOURCE } from '../../../test/support/signal-source.js';
import { fieldsIn, parseSignal } from './signal.parse.js';

const NOW = Date.parse('2025-06-21T21:31:00Z');
const BODY = { alert: 'buy', ticker: 'LTCUSDT', time: '2025-06-21T21:30:55Z', qty: 0.5 };
const NESTED = {
  ...A_SIGNAL_SOURCE,
  fields: { ...A_SIGNAL_SOURCE.fields, id: 'alert_id', action: 'strategy.order.action' },
};

function parse(change: object, source = A_SIGNAL_SOURCE) {
  return parseSignal({ ...BODY, ...change }, source, NOW);
}

describe('a signal', () => {
  it('is read by the mapping of its source', () => {
    expect(parse({})).toMatchObject({
      ...{ action: 'buy', instrumentId: 'BINANCE:LTCUSDT', quantity: '0.5', price: undefined },
    });
    expect(parse({ qty: '', limit: ' 81.5 ' })).toMatchObject({ quantity: '2', price: '81.5' });
    const strategy = { order: { action: 'exit' } };
    expect(parse({ strategy, alert_id: 7 }, NESTED)).toMatchObject({ action: 'close' });
    const flat = { 'strategy.order.action': 'exit', alert_id: '7' };
    expect(parse(flat, NESTED)).toMatchObject({ action: 'close' });
  });

  it.each([
    ['{"alert":"buy"}', { alert: 'buy' }],
    ['alert=buy&ticker=LTC%20USDT', { alert: 'buy', ticker: 'LTC USDT' }],
    ['alert=buy; ticker=X\nqty=1\n', { alert: 'buy', ticker: 'X', qty: '1' }],
  ])('may come as the text %j', (text, fields) => {
    expect(fieldsIn({ text })).toEqual(fields);
  });

  it.each(['1750541455', '1750541455000', '2025-06-21T21:30:55Z', '2025-06-21T23:30:55+02:00'])(
    'may say its time as %s',
    (time) => {
      expect(parse({ time })).toMatchObject({ action: 'buy' });
    },
  );

  it('is the same when it comes again, and another when anything in it is', () => {
    const { signalId } = parse({});
    expect(parse({ comment: 'x' }).signalId).toBe(signalId);
    for (const change of [{ alert: 'sell' }, { time: '2025-06-21T21:30:56Z' }, { qty: 0.6 }]) {
      expect(parse(change).signalId).not.toBe(signalId);
    }
    const strategy = { order: { action: 'buy' } };
    const named = (alertId: string, qty: number) =>
      parse({ strategy, alert_id: alertId, qty }, NESTED).signalId;
    expect(named('a', 1)).toBe(named('a', 2));
    expect(named('a', 1)).not.toBe(named('b', 1));
  });

  it.each([
    [{ alert: 'hold' }, 'SIGNAL_ACTION_UNKNOWN', 'alert'],
    [{ alert: 'constructor' }, 'SIGNAL_ACTION_UNKNOWN', 'alert'],
    [{ alert: { buy: 1 } }, 'SIGNAL_ACTION_UNKNOWN', 'alert'],
    [{ ticker: 'XYZ' }, 'SIGNAL_SYMBOL_UNKNOWN', 'ticker'],
    [{ ticker: 'toString' }, 'SIGNAL_SYMBOL_UNKNOWN', 'ticker'],
    [{ time: '2025-06-21T21:30:29Z' }, 'SIGNAL_TOO_OLD', 'time'],
    [{ time: '2025-06-21T21:31:31Z' }, 'SIGNAL_FROM_FUTURE', 'time'],
    [{ time: '21:30' }, 'WRONG_FORM', 'time'],
    [{ time: undefined }, 'WRONG_FORM', 'time'],
  ])('is refused as %j', (change, code, field) => {
    expect(refusal(() => parse(change))).toMatchObject({ status: 422, code, field });
  });

  it.each([null, 5, 'x', [], {}])('is refused as the body %j', (body) => {
    const refused = refusal(() => parseSignal(body, A_SIGNAL_SOURCE, NOW));
    expect(refused).toMatchObject({ code: 'SIGNAL_ACTION_UNKNOWN' });
  });

  it('must name itself where its source says so', () => {
    const strategy = { order: { action: 'buy' } };
    expect(refusal(() => parse({ strategy }, NESTED))).toMatchObject({ field: 'alert_id' });
  });
});

function refusal(attempt: () => unknown): object {
  try {
    attempt();
  } catch (error) {
    return (error as { document(): object }).document();
  }
  throw new Error('it was not refused');
}
