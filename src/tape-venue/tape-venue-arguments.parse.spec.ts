import { parseTapeVenueArguments } from './tape-venue-arguments.parse.js';

const FILE = 'demo/binance-spot-ltcusdt-20250621-2128.trades.csv.gz';

describe('the flags of the recorded venue', () => {
  it('have defaults, and the symbol comes from the name of the file', () => {
    expect(parseTapeVenueArguments(['--file', FILE])).toEqual({
      file: FILE,
      symbol: 'LTCUSDT',
      host: '127.0.0.1',
      port: 9001,
      speed: 1,
      isLooped: false,
      isHeld: false,
      isOriginal: false,
      stateDir: undefined,
    });
  });

  it.each([
    ['binance-coinm-btcusd_perp-20240809.trades.csv.gz', 'BTCUSD_PERP'],
    ['binance-spot-ltcusdt-20250621-first.trades.csv.gz', 'LTCUSDT'],
    ['comex-gc-201312-20131007.trades.csv.gz', 'GC'],
    ['mine.csv', 'MINE'],
    ['spy-20131010.trades.csv.gz', 'SPY'],
    ['oanda-eurusd-20140508.quotes.csv.gz', 'EURUSD'],
  ])('find the symbol in %s', (file, symbol) => {
    expect(parseTapeVenueArguments(['--file', file]).symbol).toBe(symbol);
  });

  it('are all taken', () => {
    const argv = [
      '--symbol',
      'x',
      '--port',
      '0',
      '--host',
      '::1',
      '--speed',
      'max',
      '--loop',
      '--hold',
    ];
    expect(
      parseTapeVenueArguments(['--file', FILE, ...argv, '--original', '--state', 'dir']),
    ).toEqual({
      file: FILE,
      symbol: 'X',
      host: '::1',
      port: 0,
      speed: 'max',
      isLooped: true,
      isHeld: true,
      isOriginal: true,
      stateDir: 'dir',
    });
    expect(parseTapeVenueArguments(['--file', FILE, '--speed', '0.5']).speed).toBe(0.5);
  });

  it.each([
    [[], /--file is needed/],
    [['--file', FILE, '--fast'], /Unknown option '--fast'/],
    [['--file', FILE, 'more'], /Unexpected argument 'more'/],
    [['--file', FILE, '--port', '70000'], /--port must be an integer from 0 to 65535, was '70000'/],
    [['--file', FILE, '--port', 'x'], /--port must be/],
    [['--file', FILE, '--speed', '0'], /--speed must be/],
    [['--file', FILE, '--speed=-1'], /--speed must be/],
    [['--file', FILE, '--speed', '1e3'], /--speed must be/],
    [['--file', FILE, '--symbol', 'LTC/USDT'], /--symbol must be/],
  ])('are refused with one line: %j', (argv, line) => {
    expect(() => parseTapeVenueArguments(argv)).toThrow(line);
  });
});
