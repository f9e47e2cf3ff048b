import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EventStoreDBClient } from '@eventstore/db-client';
import { EventStoreFactFeed } from '../adapters/eventstoredb/eventstoredb.feed.js';
import { readLog } from '../application/recovery.js';
import type { Fact } from '../domain/facts.js';
import type { InstrumentDefined } from '../domain/instrument/instrument.events.js';
import { DecidedStops } from '../simulation/decided-stops.js';
import type { DecidedStop } from '../simulation/decided-stops.js';
import { LIKENESSES } from '../simulation/decision-comparison.js';
import type { ComparedExit, ExitSeen } from '../simulation/decision-comparison.js';
import { shadowReport } from '../simulation/shadow-report.js';
import type { ShadowMatter, ShadowReport, StopAlone } from '../simulation/shadow-report.js';
import { pairStops } from '../simulation/stop-pairs.js';
import { tryStops } from '../simulation/stop-trials.js';
import { WrongUse, endWith } from './command-run.js';
import { answersHelp } from './help-asked.parse.js';
import { runningLog } from './running-log.js';
import { tapePrices } from './tape-prices.main.js';

const USAGE = `shadow report ACCOUNT [--against ACCOUNT | --backtest TAPE ...]
  What one account decided, exit by exit, beside what another did, or what its stops do again over recorded prices.
  --against ACCOUNT  another account of the same log, live or paper
  --backtest TAPE    folder of a tape, also several times; without either: the tape of this engine
  --within SECONDS   stops of two accounts belong together when armed at most so far apart (60)
  --from, --to TIME  what was decided, or armed, in this time (ISO 8601; --to is exclusive)
  --config FILE      configuration (default: STOPLEDGER_CONFIG, else ./stopledger.yaml)
  --json             one JSON document
Exit codes: 0 the same was decided, 1 failed, 2 wrong use, 3 it differs`;
const EXIT = { same: 0, differs: 3 } as const;
const WITHIN_S = '60';
const WITHIN_S_MAX = 86_400;

type Asked = ReturnType<typeof askedIn>;

function askedIn(argv: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      against: { type: 'string' },
      backtest: { type: 'string', multiple: true },
      within: { type: 'string', default: WITHIN_S },
      from: { type: 'string' },
      to: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [command, account, ...more] = positionals;
  if (command !== 'report' || account === undefined || more.length > 0) throw new WrongUse(USAGE);
  const { against, backtest } = values;
  if (against !== undefined && backtest) {
    throw new WrongUse(`--against and --backtest: only one of the two\n${USAGE}`);
  }
  if (against === account) throw new WrongUse(`--against: must be another account, was ${against}`);
  return {
    ...values,
    account,
    withinMs: withinOf(values.within),
    fromMs: timeOf('from', values.from, -Infinity),
    toMs: timeOf('to', values.to, Infinity),
  };
}

function withinOf(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,5}$/.test(text) || seconds > WITHIN_S_MAX) {
    throw new WrongUse(`--within: must be a whole number from 0 to ${WITHIN_S_MAX}, was ${text}`);
  }
  return seconds * 1_000;
}

function timeOf(name: string, text: string | undefined, none: number): number {
  const timeMs = text === undefined ? none : Date.parse(text);
  if (Number.isNaN(timeMs)) {
    throw new WrongUse(`--${name}: must be a time of ISO 8601, was ${text}`);
  }
  return timeMs;
}

/** What of the log is compared. */
interface Told {
  readonly stops: DecidedStops;
  readonly accounts: ReadonlySet<string>;
  readonly instruments: ReadonlyMap<string, InstrumentDefined['data']>;
}

async function readFacts(uri: string, wanted: readonly string[]): Promise<Told> {
  const stops = new DecidedStops(new Set(wanted));
  const [accounts, instruments] = [new Set<string>(), new Map<string, InstrumentDefined['data']>()];
  const restore = (_streamId: string, fact: Fact): void => {
    if (fact.type === 'AccountOpened') accounts.add(fact.data.accountId);
    if (fact.type === 'InstrumentDefined') instruments.set(fact.data.instrumentId, fact.data);
    stops.apply(fact);
  };
  const client = EventStoreDBClient.connectionString(uri);
  const onTrouble = (reason: string) => void process.stderr.write(`the log: ${reason}\n`);
  try {
    await readLog(
      new EventStoreFactFeed({ client, connectionString: uri, random: Math.random, onTrouble }),
      { restore },
    );
  } finally {
    await client.dispose();
  }
  return { stops, accounts, instruments };
}

async function run(argv: readonly string[]): Promise<number> {
  if (answersHelp(argv, USAGE)) return EXIT.same;
  const asked = askedIn(argv);
  const { account, against } = asked;
  const { config, eventStoreUri } = runningLog(asked.config);
  const wanted = against === undefined ? [account] : [account, against];
  const told = await readFacts(eventStoreUri, wanted);
  for (const one of wanted) {
    if (!told.accounts.has(one)) throw new WrongUse(`the log knows no account ${one}`);
  }
  const tapes = asked.backtest ?? [join(config.dataDir, 'tape')];
  const matter =
    against === undefined ? triedAgain(told, asked, tapes) : beside(told, asked, against);
  const report = shadowReport(matter);
  const other = against === undefined ? { backtest: tapes } : { against };
  process.stdout.write(
    asked.json
      ? `${JSON.stringify({ account, ...other, ...report })}\n`
      : `${linesOf(account, against ?? 'back-test', report).join('\n')}\n`,
  );
  return report.summary.isSame ? EXIT.same : EXIT.differs;
}

function beside({ stops, instruments }: Told, asked: Asked, against: string): ShadowMatter {
  const { fromMs, toMs, withinMs } = asked;
  const pairs = pairStops(stops.of(asked.account), stops.of(against), withinMs);
  return { ...pairs, untried: [], instruments, fromMs, toMs };
}

function triedAgain(
  { stops, instruments }: Told,
  { account, fromMs, toMs }: Asked,
  tapes: readonly string[],
): ShadowMatter {
  const byInstrument = new Map<string, DecidedStop[]>();
  for (const stop of stops.of(account)) {
    const known = byInstrument.get(stop.instrumentId);
    if (known) known.push(stop);
    else byInstrument.set(stop.instrumentId, [stop]);
  }
  const trials = [...byInstrument].flatMap(([instrumentId, held]) => {
    const instrument = instruments.get(instrumentId);
    return instrument ? tryStops(held, instrument, tapePrices(tapes, instrumentId)) : [];
  });
  return {
    pairs: trials.flatMap((each) =>
      each.kind === 'tried' ? [[each.stop, each.trial] as const] : [],
    ),
    untried: trials.flatMap((each) => (each.kind === 'untried' ? [each] : [])),
    ...{ onlyHere: [], onlyThere: [], instruments, fromMs, toMs },
  };
}

function linesOf(here: string, there: string, report: ShadowReport): readonly string[] {
  const { summary, exits, onlyHere, onlyThere, untried } = report;
  const { pairs, undecided, otherPlans, gains, laterByMs } = summary;
  const counted = LIKENESSES.filter((likeness) => summary.exits[likeness] > 0);
  const counts = counted.map((likeness) => `${summary.exits[likeness]} ${likeness}`).join(', ');
  const brought = Object.entries(gains).map(([currency, amount]) => `${amount} ${currency}`);
  return [
    ...exits.flatMap((exit) => exitLines(exit, here, there)),
    ...onlyHere.map((stop) => `${aloneLine(stop)}: only ${here} has it`),
    ...onlyThere.map((stop) => `${aloneLine(stop)}: only ${there} has it`),
    ...untried.map((stop) => `${aloneLine(stop)}: not tried again: ${stop.reason}`),
    `${here} beside ${there}: ${pairs} pairs of stops, ${undecided} undecided, ${otherPlans} with other plans`,
    `exits: ${counts === '' ? 'none' : counts}`,
    ...(laterByMs ? [`${there} decided ${laterByMs.min} to ${laterByMs.max} ms later`] : []),
    ...(brought.length > 0 ? [`exits of ${there} brought more: ${brought.join(', ')}`] : []),
    summary.isSame ? 'the same was decided' : 'DIFFERS',
  ];
}

function exitLines(exit: ComparedExit, here: string, there: string): readonly string[] {
  const { hereStopId, thereStopId, likeness, gain, laterByMs, ticksHigher, missing } = exit;
  const apart = laterByMs === null ? '' : ` ${laterByMs} ms, ${ticksHigher ?? '?'} ticks`;
  const more = gain ? `, ${gain.amount} ${gain.currency} more (${gain.of})` : '';
  const stops = hereStopId === thereStopId ? hereStopId : `${hereStopId} ~ ${thereStopId}`;
  const lacking = `no such exit, the stop is ${missing ?? 'open'}`;
  return [
    `${exit.instrumentId} ${exit.side} ${stops} exit ${exit.ordinal}: ${likeness}${apart}${more}`,
    `  ${here}: ${exit.here ? seenText(exit.here) : lacking}`,
    `  ${there}: ${exit.there ? seenText(exit.there) : lacking}`,
  ];
}

function seenText({ branch, at, price, quantity, traded, average }: ExitSeen): string {
  const filled = average === null ? 'nothing traded' : `traded ${traded} at ${average}`;
  return `${branch} at ${price ?? 'no price'}, ${new Date(at).toISOString()}, ${quantity}; ${filled}`;
}

function aloneLine({ stopId, instrumentId, armedAt, end, exits }: StopAlone): string {
  return `${instrumentId} ${stopId}, armed ${new Date(armedAt).toISOString()}, ${end}, ${exits} exits`;
}

endWith(run);
