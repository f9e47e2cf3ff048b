import { readdirSync } from 'node:fs';
import { goldenRows, rowsFoldedFrom } from '../test/support/golden-rows.js';
import { STREAMS, recordedStream } from '../test/support/recorded-stream.js';

const RECORDED = readdirSync(STREAMS)
  .filter((name) => name.endsWith('.jsonl.gz'))
  .map((name) => name.replace('.jsonl.gz', ''));

describe.each(RECORDED)('the recorded log %s', (name) => {
  const log = recordedStream(name);

  it('gives exactly the rows that it always gave', () => {
    const found = rowsFoldedFrom(log);
    expect(found).toStrictEqual(goldenRows(name, () => found));
  });

  it('fills every read model, so that each of them is held to something', () => {
    const empty = Object.entries(rowsFoldedFrom(log)).filter(([, rows]) => rows.length === 0);
    expect(empty.map(([model]) => model)).toStrictEqual([]);
  });
});
