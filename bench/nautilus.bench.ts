import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatUnits } from '../src/domain/instrument/price-grid.js';
import { sweepPlans } from '../src/simulation/plan-sweep.js';
import type { SweepCase } from '../src/simulation/plan-sweep.js';
import { cpuNs } from './support/armed-index.js';
import { FIXTURE } from './support/recorded-prices.js';
import { recordedColumns } from './sweep.bench.js';

/**
 * Question: how many recorded prints a second does NautilusTrader's back-test engine take with so many trailing stops, and
 * how many ours?
 *
 * The same prints and distances (0.20, 0.21, ... behind the best price, sells), armed behind the first print, in its
 * dialect; as many must fire. CPU time of either run alone, turn by turn; reading the file is in neither. Neither sends an
 * order anywhere: theirs fill in its simulated exchange, ours end as decisions with their events.
 */
interface PeerRun {
  readonly prints: number;
  readonly seconds: number;
  readonly fired: number;
}

// From build/bench/bench.
const SCRIPT = join(__dirname, '../../../bench/peers/nautilus.py');
const VERSION = '1.221.0';
const ROUNDS = 2;
// Theirs looks at every order at every print: the whole recording would take it minutes.
const PRINTS = 4_000;
const FIRST_CENTS = 20;

/** Python of an environment of its own, made where there is none yet. */
function python(): string {
  const home = join(tmpdir(), `stopledger-nautilus-${VERSION}`);
  const found = join(home, 'bin', 'python');
  if (existsSync(found)) return found;
  execFileSync('python3', ['-m', 'venv', home], { stdio: 'inherit' });
  const wanted = `nautilus_trader==${VERSION}`;
  execFileSync(join(home, 'bin', 'pip'), ['install', '--quiet', wanted], { stdio: 'inherit' });
  return found;
}

function ours(stops: number, recorded: ReturnType<typeof recordedColumns>): PeerRun {
  const { columns, scale } = recorded;
  const cases = Array.from({ length: stops }, (_stop, number): SweepCase => {
    const amount = formatUnits(FIRST_CENTS + number, 2);
    return { side: 'long', quantity: '1', plan: { trail: { amount }, dialect: 'nautilus' } };
  });
  const market = { priceTick: formatUnits(1, scale), quantityStep: '1' };
  const startNs = cpuNs();
  const outcomes = sweepPlans(market, cases, columns);
  const seconds = (cpuNs() - startNs) / 1e9;
  const fired = outcomes.filter((one) => one.kind === 'ran' && one.end === 'triggered').length;
  return { prints: columns.count, seconds, fired };
}

export function nautilusReport(
  file = FIXTURE,
  sizes: readonly number[] = [10, 100, 1_000],
): string {
  const peer = python();
  const { columns, scale } = recordedColumns(file);
  const recorded = { columns: columns.first(PRINTS), scale };
  return sizes
    .map((stops) => {
      const theirs: PeerRun[] = [];
      const own: PeerRun[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const text = execFileSync(peer, [SCRIPT, file, String(stops), String(PRINTS)], {
          encoding: 'utf8',
        });
        theirs.push(JSON.parse(text) as PeerRun);
        own.push(ours(stops, recorded));
      }
      const [a, b] = [bestOf(theirs), bestOf(own)];
      if (a.fired !== b.fired) throw new Error(`${a.fired} fired there, ${b.fired} here`);
      return `stops ${stops}  fired ${a.fired} / ${b.fired}  NautilusTrader ${rateOf(a)} prints/s  ours ${rateOf(b)} prints/s  ratio ${(a.seconds / a.prints / (b.seconds / b.prints)).toFixed(1)}`;
    })
    .join('\n');
}

function bestOf(runs: readonly PeerRun[]): PeerRun {
  return runs.reduce((best, run) => (run.seconds < best.seconds ? run : best));
}

function rateOf({ prints, seconds }: PeerRun): string {
  return Math.round(prints / seconds).toLocaleString('en');
}
