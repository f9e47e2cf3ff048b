interface CommandCall {
  readonly name: string;
  /** Arguments of the mutation but its key, with values as GraphQL text. */
  readonly args: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const BOUGHT = { accountId: 'demo', instrumentId: 'BINANCE:LTCUSDT', quantity: '1' };
const POSITION = { ...BOUGHT, side: 'long', entryPrice: '80' };
const ORDER = { ...BOUGHT, side: 'buy', type: 'market', plan: { stop: '70' } };
const INSTRUMENT = {
  ...{ instrumentId: 'BINANCE:LTCUSDT', symbol: 'LTCUSDT', priceTick: '0.01' },
  ...{ quantityStep: '0.001', quoteCurrency: 'USDT', feeds: ['main'] },
};
const CONTRACT = {
  ...{ kind: 'inverse', multiplier: '100', baseCurrency: 'BTC', settlementCurrency: 'BTC' },
};
const SPLIT = { ratio: { from: 1, to: 4 }, priceTick: '0.05' };
const ACCOUNT = { accountId: 'demo', broker: 'paper', mode: 'paper', currency: 'USDT' };
const CASH = {
  ...{ entryId: 'e1', kind: 'deposit', amount: '5', currency: 'USDT' },
  bookedAt: '2025-06-21T21:31:00Z',
};
const RATE = { currency: 'BNB', inCurrency: 'USDT', rate: '601.5', source: 'a bank' };
const PLAN = {
  ...{ stop: '70', trail: { percent: '2' }, activation: '83.5', step: '0.1' },
  ...{ breakEven: { trigger: '84' }, targets: [{ price: '85', portion: '0.5' }] },
  ...{ timeStop: { after: 'PT30M', unlessInProfit: true }, limit: { offset: { ticks: 3 } } },
  dialect: { name: 'stopledger', touch: 'strict' },
};
const WHY = { reason: 'for a test' };

/** An object as GraphQL writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${key}:${literal(each)}`)
    .join()}}`;
}

function posted(name: string, path: string, body: object, more = ''): CommandCall {
  return { name, args: `${more}input:${literal(body)}`, method: 'POST', path, body };
}

function ofAccount(name: string, route: string, body: object, args: string): CommandCall {
  const path = `/api/v1/accounts/demo/${route}`;
  return { name, args: `accountId:"demo",${args}`, method: 'POST', path, body };
}

function ofStop(name: string, method: string, suffix = ''): CommandCall {
  const path = `/api/v1/stops/S9${suffix}`;
  return {
    name,
    args: 'stopId:"S9",expectedRevision:3',
    method,
    path,
    headers: { 'if-match': '"3"' },
  };
}

/** Every mutation, and what of REST it is the same as. All of them concern account `demo`, or everybody. */
export const COMMAND_CALLS: readonly CommandCall[] = [
  posted('defineInstrument', '/api/v1/instruments', { ...INSTRUMENT, contract: CONTRACT }),
  {
    ...{ name: 'splitInstrument', method: 'POST', body: SPLIT },
    args: `instrumentId:"BINANCE:LTCUSDT",input:${literal(SPLIT)}`,
    path: '/api/v1/instruments/BINANCE:LTCUSDT/split',
  },
  posted('openAccount', '/api/v1/accounts', ACCOUNT),
  posted('openPosition', '/api/v1/positions', POSITION),
  posted('placeOrder', '/api/v1/orders', ORDER),
  posted('armStop', '/api/v1/stops', { positionId: 'P9', quantity: '2', plan: PLAN }),
  {
    ...{ name: 'armStops', args: `stops:[${literal({ positionId: 'P9', plan: PLAN })}]` },
    ...{ method: 'POST', path: '/api/v1/stops/batch' },
    body: { stops: [{ positionId: 'P9', plan: PLAN }] },
  },
  {
    ...{ name: 'amendStop', args: `stopId:"S9",expectedRevision:3,plan:${literal(PLAN)}` },
    ...{ method: 'PATCH', path: '/api/v1/stops/S9', body: { plan: PLAN } },
    headers: { 'if-match': '"3"' },
  },
  ofStop('cancelStop', 'DELETE'),
  ofStop('suspendStop', 'POST', '/suspend'),
  ofStop('resumeStop', 'POST', '/resume'),
  {
    ...{ name: 'closePosition', args: 'positionId:"P9"' },
    ...{ method: 'POST', path: '/api/v1/positions/P9/close' },
  },
  {
    ...{ name: 'cancelOrder', args: 'orderId:"S0001-1-1"' },
    ...{ method: 'DELETE', path: '/api/v1/orders/S0001-1-1' },
  },
  ofAccount(
    'cancelEntries',
    'cancel-entries',
    { instrumentId: 'BINANCE:LTCUSDT' },
    'instrumentId:"BINANCE:LTCUSDT"',
  ),
  ofAccount('moveCash', 'cash', CASH, `input:${literal(CASH)}`),
  ofAccount('chooseCostBasis', 'cost-basis', { costBasis: 'fifo' }, 'costBasis:"fifo"'),
  ofAccount('stateConversionRate', 'rates', RATE, `input:${literal(RATE)}`),
  ofAccount('haltTrading', 'halt', WHY, `reason:"${WHY.reason}"`),
  ofAccount('resumeTrading', 'resume', WHY, `reason:"${WHY.reason}"`),
  ofAccount('pullKillSwitch', 'kill', WHY, `reason:"${WHY.reason}"`),
];

export function mutationOf({ name, args }: CommandCall, key?: string): string {
  const selection = { armStop: 'armed{id}', armStops: 'items{stopId problem}' }[name] ?? 'id';
  const keyed = key === undefined ? args : `${args},idempotencyKey:"${key}"`;
  return `mutation{${name}(${keyed}){${selection}}}`;
}
