/**
 * The words of OpenAlgo's WebSocket server (`websocket_proxy/server.py` of marketcalls/openalgo and its documentation of
 * the protocol). Prices and sizes are JSON numbers there; they are read as the text that was sent.
 */

export type OpenAlgoMode = 'ltp' | 'quote' | 'depth';

/** The number of a mode in market data, its name in requests. */
export const MODES: Readonly<
  Record<OpenAlgoMode, { readonly number: string; readonly name: string }>
> = {
  ltp: { number: '1', name: 'LTP' },
  quote: { number: '2', name: 'Quote' },
  depth: { number: '3', name: 'Depth' },
};

/** Levels of the book that are asked for; a broker may have fewer. */
const DEPTH_LEVELS = 5;

export function authenticate(apiKey: string): string {
  return JSON.stringify({ action: 'authenticate', api_key: apiKey });
}

/** Topics are `EXCHANGE:SYMBOL`. */
export function request(
  action: 'subscribe' | 'unsubscribe',
  mode: OpenAlgoMode,
  topics: readonly string[],
): string {
  const { name, number } = MODES[mode];
  const symbols = topics.map((topic) => {
    const [exchange = '', ...symbol] = topic.split(':');
    const place = { exchange, symbol: symbol.join(':') };
    // To unsubscribe the server compares the mode of each symbol, as the number.
    return action === 'subscribe' ? place : { ...place, mode: Number(number) };
  });
  return JSON.stringify({ action, symbols, mode: name, depth: DEPTH_LEVELS });
}
