import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { TapeCorrupt } from '../adapters/tape/tape-segment.js';
import { RequestProblem } from '../api/problem.js';
import { parseRequest } from '../api/rest/request-problems.parse.js';
import { formatUnits, priceGrid } from '../domain/instrument/price-grid.js';
import type { Problem } from '../domain/kernel/decider.js';
import { columnsOf } from '../market-data/recorded-columns.js';
import { RecordedTicks } from '../market-data/recorded-ticks.js';
import { Recording } from '../market-data/recorded-trades.js';
import type { SweepCase, SweepOutcome } from '../simulation/plan-sweep.js';
import type { PriceColumns } from '../simulation/price-columns.js';
import { gainOf } from '../simulation/sweep-gain.js';
import { sweepOnThreads } from '../sweep/sweep-pool.js';
import { answersHelp } from './help-asked.parse.js';
import { sweepCases } from './sweep-cases.parse.js';
import { tapePrices } from './tape-prices.main.js';

const USAGE = `sweep FILE|DIR --plans FILE
  FILE            a recording (.csv, .csv.gz); DIR: a tape, with --instrument and --price-tick
  --plans         JSON: [{"side", "quantity", "plan", "entryPrice"?, "afterRows"?}, ...]
  --instrument    which instrument of the tape
  --price-tick    price tick (of a recording: the digits that its prices need)
  --quantity-step quantity step (1)
  --threads       how many threads (as many as the machine has cores)
  --json          one JSON document a line
Exit codes: 0 done, 1 failed, 2 wrong use, 3 the tape is damaged`;
const EXIT = { ok: 0, failed: 1, usage: 2, damaged: 3 } as const;
const THREADS_MAX = 256;

class WrongUse extends Error {}

const OPTIONS = {
  plans: { type: 'string' },
  instrument: { type: 'string' },
  'price-tick': { type: 'string' },
  'quantity-step': { type: 'string', default: '1' },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Asked = ReturnType<typeof askedIn>;

function askedIn(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    ...{ args: [...argv], allowPositionals: true, options: OPTIONS },
  });
  const [place, ...more] = positionals;
  const { plans } = values;
  if (place === undefined || plans === undefined || more.length > 0) throw new WrongUse(USAGE);
  return { ...values, plans, place };
}

interface Prices {
  readonly columns: PriceColumns;
  readonly priceTick: string;
}

function pricesOf(asked: Asked): Prices {
  const { place, instrument, 'price-tick': priceTick } = asked;
  if (statSync(place).isDirectory()) {
    if (instrument === undefined || priceTick === undefined) throw new WrongUse(USAGE);
    return { columns: tapePrices([place], instrument), priceTick };
  }
  const ticks = new RecordedTicks(Recording.read(place), {
    ...{ instrumentId: instrument ?? 'RECORDED', feed: 'recorded' },
    ...(priceTick !== undefined && { priceScale: priceGrid(priceTick).scale }),
  });
  return { columns: columnsOf(ticks), priceTick: priceTick ?? formatUnits(1, ticks.priceScale) };
}

function casesIn(file: string): readonly SweepCase[] {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new WrongUse(`--plans ${file}: ${String(error)}`);
  }
  return parseRequest(sweepCases, document);
}

function threadsIn({ threads }: Asked): number {
  if (threads === undefined) return availableParallelism();
  const count = Number(threads);
  if (!/^\d{1,3}$/.test(threads) || count < 1 || count > THREADS_MAX)
    throw new WrongUse(
      `--threads: must be a whole number from 1 to ${THREADS_MAX}, was ${threads}`,
    );
  return count;
}

function lineOf(number: number, one: SweepCase, outcome: SweepOutcome): string {
  const head = `${String(number).padStart(6)} ${one.side.padEnd(5)}`;
  if (outcome.kind === 'refused')
    return `${head} refused: ${outcome.problems.map(told).join('; ')}`;
  const { end, entryPrice, exits, track } = outcome;
  const last = exits.at(-1);
  const left = last ? ` ${last.branch} at ${last.price}, ${new Date(last.at).toISOString()}` : '';
  const stands = ` level ${track.level ?? '-'}, best ${track.extreme ?? '-'}, ${track.trailMoves} moves`;
  const gain = gainOf(one, outcome);
  return `${head} ${end.padEnd(9)} entry ${entryPrice}${left} |${stands}${gain === undefined ? '' : ` | gain ${gain}`}`;
}

function told({ field, rule, value }: Problem): string {
  return `${field} ${rule}, was ${value}`;
}

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.ok;
  const asked = askedIn(argv);
  const [cases, threads] = [casesIn(asked.plans), threadsIn(asked)];
  const { columns, priceTick } = pricesOf(asked);
  const market = { priceTick, quantityStep: asked['quantity-step'] };
  const outcomes = await sweepOnThreads(threads, { market, cases }, columns);
  cases.forEach((one, number) => {
    const outcome = outcomes[number];
    if (!outcome) return;
    const gain = gainOf(one, outcome);
    const document = { case: number, ...outcome, ...(gain !== undefined && { gain }) };
    const line = asked.json ? JSON.stringify(document) : lineOf(number, one, outcome);
    process.stdout.write(`${line}\n`);
  });
  return EXIT.ok;
}

run(process.argv.slice(2)).then(
  (code) => {
    // What was written to a pipe is to arrive whole.
    process.exitCode = code;
  },
  (error: unknown) => {
    const words =
      error instanceof RequestProblem
        ? error.document().problems.map(told).join('\n')
        : String(error);
    process.stderr.write(`stopledger: ${words}\n`);
    if (error instanceof TapeCorrupt) process.exitCode = EXIT.damaged;
    else {
      const isUse =
        error instanceof WrongUse ||
        error instanceof RequestProblem ||
        String(error).includes('ERR_PARSE_ARGS');
      process.exitCode = isUse ? EXIT.usage : EXIT.failed;
    }
  },
);
