import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gateFindings, gateReport } from '../market-data/gate-report.js';
import { Recording } from '../market-data/recorded-trades.js';

// Bars are no prices, and raw frames are read by their adapter.
const TICK_FILES = /\.(trades|quotes)\.csv\.gz$/;
const PAGE = join(__dirname, '..', '..', '..', 'docs', 'reference', 'quality-gate.md');

/** Puts all recordings below a folder through the quality gate and writes the page of the reference. */
function main(): void {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    process.stderr.write('report:gate: name the folder of the recordings\n');
    process.exit(2);
  }
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => TICK_FILES.test(file))
    .sort();
  const all = files.map((file) => {
    const findings = gateFindings(
      file.replace(/^.*[/\\]|\.csv\.gz$/g, ''),
      Recording.read(join(folder, file)),
    );
    process.stdout.write(`${findings.name}: ${findings.ticks} prices\n`);
    return findings;
  });
  writeFileSync(PAGE, gateReport(all));
  process.stdout.write(`${PAGE} written\n`);
}

main();
