// Flips each comparison, rounding and bound of the rules, one at a time, in a copy of the project, and runs the tests
// that hold them. A flip that no test notices is a rule that nobody holds: it fails the run, unless equivalents.json
// says why it cannot be seen.
//
//     npm run test:mutation [-- FILE...]       only these of the files below; FILE:LINE: from that line on
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const ENGINE_SPECS = [
  ...[
    'level-units',
    'live-stop',
    'stop-terms',
    'move-recorder',
    'bar-gauge',
    'price-index',
    'cohort-list',
    'plan-parts',
  ],
  ...['bar-meter', 'partition.spec', 'price-bands'],
].map((name) => `src/engine/${name}`);
const RULES = {
  'src/engine/live-stop.ts': ENGINE_SPECS,
  'src/engine/level-units.ts': ENGINE_SPECS,
  'src/engine/stop-terms.ts': ENGINE_SPECS,
  'src/engine/price-index.ts': ENGINE_SPECS,
  'src/engine/cohort-list.ts': ENGINE_SPECS,
  'src/engine/cohort.ts': ENGINE_SPECS,
  'src/engine/amended-stop.ts': ['src/engine/amended-stop', 'src/engine/plan-parts'],
  'src/engine/level-queue.ts': ['src/engine/level-queue'],
  'src/engine/tick-desk.ts': ['src/engine/tick-desk', ...ENGINE_SPECS, 'src/engine/step-parts'],
  'src/engine/split-desk.ts': ['src/engine/split-desk'],
  'src/domain/kernel/split.ts': ['src/domain/kernel/split', 'src/engine/split-desk'],
  'src/domain/stop/split-plan.ts': ['src/engine/split-desk'],
  'src/engine/stop-clock.ts': [
    'src/engine/plan-parts',
    'src/engine/partition-snapshot',
    'src/market-data/peer-run',
  ],
  'src/engine/bar-gauge.ts': [
    'src/engine/bar-gauge',
    'src/engine/bar-meter',
    'src/engine/partition-snapshot',
    'src/simulation/plan-sweep',
  ],
  'src/engine/bar-meter.ts': [
    'src/engine/bar-gauge',
    'src/engine/bar-meter',
    'src/engine/partition-snapshot',
    'src/simulation/plan-sweep',
  ],
  'src/domain/indicators/average-true-range.ts': ['src/domain/indicators'],
  'src/domain/indicators/exponential-average.ts': ['src/domain/indicators'],
  'src/domain/indicators/fine-average.ts': ['src/domain/indicators'],
  'src/domain/indicators/rolling-high.ts': ['src/domain/indicators'],
  'src/domain/stop/plan-contradictions.ts': ['src/domain/stop'],
  'src/domain/stop/plan-check.ts': ['src/domain/stop'],
  'src/domain/stop/distance-check.ts': ['src/domain/stop'],
  'src/domain/stop/plan-levels.ts': ['src/domain/stop'],
  'src/engine/move-recorder.ts': [...ENGINE_SPECS, 'src/engine/partition-snapshot'],
  'src/engine/trigger-desk.ts': [...ENGINE_SPECS, 'src/engine/exit-terms'],
};
const FLIPS = [
  [' <= ', ' < '],
  [' < ', ' <= '],
  [' >= ', ' > '],
  [' > ', ' >= '],
  [' === ', ' !== '],
  [' !== ', ' === '],
  [' && ', ' || '],
  ['Math.max(', 'Math.min('],
  ['Math.min(', 'Math.max('],
  ['floorDiv(', 'ceilDiv('],
  ['floorUnits(', 'ceilUnits('],
  ['ceilUnits(', 'floorUnits('],
  [' + 1', ' + 0'],
  [' - 1', ' - 0'],
];
// A flip that never ends is noticed; a busy machine must not pass for one: so many times what the tests take unflipped.
const HANGS_AFTER_TIMES = 20;
const NOT_CODE = /^\s*(\*|\/\/|\/\*|import |export (type|interface|function)|function |readonly )/;

function mutantsOf(file, fromLine) {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line, at) => {
    if (at + 1 < fromLine || NOT_CODE.test(line)) return [];
    return FLIPS.flatMap(([from, to]) => {
      const found = [];
      for (let place = line.indexOf(from); place >= 0; place = line.indexOf(from, place + 1)) {
        const flipped = line.slice(0, place) + to + line.slice(place + from.length);
        const text = lines.map((old, index) => (index === at ? flipped : old)).join('\n');
        found.push({ file, line: at + 1, from: line.trim(), to: flipped.trim(), text });
      }
      return found;
    });
  });
}

function copyOfProject() {
  const copy = mkdtempSync(join(tmpdir(), 'mutation-'));
  const wanted = ['src', 'test', 'projections', 'bench', 'demo', 'jest.config.cjs'];
  for (const name of [...wanted, 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Most flips fail an example, which takes a tenth of the time of a proof. */
function isNoticed(copy, specs, timeout) {
  return ['unit', 'proof'].some((project) => !pass(copy, { specs, project, timeout }));
}

function pass(copy, { specs, project, timeout }) {
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const how = [
    '--selectProjects',
    project,
    '--passWithNoTests',
    '--bail',
    '--silent',
    '--runInBand',
  ];
  const run = spawnSync(process.execPath, [jest, ...specs, ...how], {
    ...{ cwd: copy, stdio: 'ignore', timeout },
  });
  return run.status === 0;
}

function main() {
  const asked = new Map(process.argv.slice(2).map((word) => word.split(':')));
  const files = Object.keys(RULES).filter((file) => asked.size === 0 || asked.has(file));
  const equivalents = JSON.parse(
    readFileSync(join(import.meta.dirname, 'equivalents.json'), 'utf8'),
  );
  const copy = copyOfProject();
  let [noticed, excused] = [0, 0];
  const survivors = [];
  try {
    for (const file of files) {
      // Where the tests fail as it is, every flip would seem to be noticed.
      const startMs = performance.now();
      if (isNoticed(copy, RULES[file])) throw new Error(`the tests of ${file} must pass unflipped`);
      const hangsAfterMs = Math.ceil(HANGS_AFTER_TIMES * (performance.now() - startMs));
      for (const { line, from, to, text } of mutantsOf(file, Number(asked.get(file) ?? 1))) {
        if (equivalents.some((one) => one.file === file && one.from === from && one.to === to)) {
          excused += 1;
          continue;
        }
        writeFileSync(join(copy, file), text);
        if (isNoticed(copy, RULES[file], hangsAfterMs)) {
          noticed += 1;
          continue;
        }
        survivors.push(`${file}:${line}`);
        process.stdout.write(`UNNOTICED ${file}:${line}\n    ${from}\n    ${to}\n`);
      }
      cpSync(join(ROOT, file), join(copy, file));
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  process.stdout.write(
    `${noticed} flips noticed, ${excused} cannot be seen, ${survivors.length} unnoticed\n`,
  );
  process.exitCode = survivors.length === 0 ? 0 : 1;
}

main();
