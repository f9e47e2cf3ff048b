import type { TapeRecord } from '../../application/ports/tape.port.js';
import type { EngineInput } from '../../engine/inputs.js';
import type { GateVerdict, QuoteTick, Tick, TradeTick } from '../../engine/tick.js';

/** Payload of a record: a JSON array that begins with a letter for the kind, the number within the epoch and the time. */
type Letter = 't' | 'q' | 'c' | 'r' | 'h' | 'f' | 'i' | 's' | 'v' | 'l' | 'e';

export function encodePayload(record: TapeRecord): string {
  return JSON.stringify(row(record));
}

/** Throws for a payload that this program cannot have written: another version, or a bug. */
export function decodePayload(text: string, epoch: number): TapeRecord {
  const cells = JSON.parse(text) as unknown;
  if (!Array.isArray(cells)) throw new Error('record is no array');
  const [letter, seq, at, ...rest] = cells as unknown[];
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(at)) {
    throw new Error('record has no number or no time');
  }
  return { epoch, seq: seq as number, at: at as number, input: readInput(letter as Letter, rest) };
}

function row({ seq, at, input }: TapeRecord): readonly unknown[] {
  switch (input.kind) {
    case 'tick':
      return [input.tick.kind === 'trade' ? 't' : 'q', seq, at, ...tickCells(input.tick)];
    case 'command':
      return ['c', seq, at, input.command];
    case 'report':
      return ['r', seq, at, input.report];
    case 'holding':
      return ['h', seq, at, input.holding];
    case 'feed':
      return ['f', seq, at, input.feed, input.change];
    case 'timer':
      return ['i', seq, at];
    case 'started':
      return ['s', seq, at, input.build];
    case 'recovered':
      return ['v', seq, at, input.found];
    case 'lag':
      return ['l', seq, at, input.isLagging, input.queued];
    case 'stopped':
      return ['e', seq, at];
  }
}

function readInput(letter: Letter, cells: readonly unknown[]): EngineInput {
  // The checksum has told that these are the bytes which this very code wrote.
  const [first, second] = cells as never[];
  switch (letter) {
    case 't':
      return { kind: 'tick', tick: readTrade(cells as TradeCells) };
    case 'q':
      return { kind: 'tick', tick: readQuote(cells as QuoteCells) };
    case 'c':
      return { kind: 'command', command: first as never };
    case 'r':
      return { kind: 'report', report: first as never };
    case 'h':
      return { kind: 'holding', holding: first as never };
    case 'f':
      return { kind: 'feed', feed: first as never, change: second as never };
    case 'i':
      return { kind: 'timer' };
    case 's':
      return { kind: 'started', build: first as never };
    case 'v':
      return { kind: 'recovered', found: first as never };
    case 'l':
      return { kind: 'lag', isLagging: first as never, queued: second as never };
    case 'e':
      return { kind: 'stopped' };
    default:
      throw new Error(`record of unknown kind ${JSON.stringify(letter)}`);
  }
}

type TradeCells = readonly [string, string, number, string, string, number, number, GateVerdict];
type QuoteCells = readonly [
  ...[string, string, number, number, string, string, string],
  ...[number, number, GateVerdict],
];

function tickCells(tick: Tick): TradeCells | QuoteCells {
  const { instrumentId, feed, venueTimeMs, receivedAtMs, verdict } = tick;
  if (tick.kind === 'trade') {
    const { priceUnits, size, tradeId } = tick;
    return [instrumentId, feed, priceUnits, size, tradeId, venueTimeMs, receivedAtMs, verdict];
  }
  const { bidUnits, askUnits, bidSize, askSize, sequence } = tick;
  return [
    ...([instrumentId, feed, bidUnits, askUnits, bidSize, askSize, sequence] as const),
    ...([venueTimeMs, receivedAtMs, verdict] as const),
  ];
}

function readTrade(cells: TradeCells): TradeTick {
  const [instrumentId, feed, priceUnits, size, tradeId, venueTimeMs, receivedAtMs, verdict] = cells;
  return {
    kind: 'trade',
    instrumentId,
    feed,
    priceUnits,
    size,
    tradeId,
    venueTimeMs,
    receivedAtMs,
    verdict,
  };
}

function readQuote(cells: QuoteCells): QuoteTick {
  const [instrumentId, feed, bidUnits, askUnits, bidSize, askSize, sequence, ...rest] = cells;
  const [venueTimeMs, receivedAtMs, verdict] = rest;
  return {
    kind: 'quote',
    instrumentId,
    feed,
    bidUnits,
    askUnits,
    bidSize,
    askSize,
    sequence,
    venueTimeMs,
    receivedAtMs,
    verdict,
  };
}
