import { exportLines } from './export-lines.js';

async function* batches(...rows: readonly object[]) {
  for (const row of rows) yield await Promise.resolve([row]);
}

async function exported(format: 'csv' | 'jsonl', fields: string[], ...rows: readonly object[]) {
  let text = '';
  for await (const chunk of exportLines(format, fields, batches(...rows))) text += chunk;
  return text;
}

describe('an export', () => {
  it('has a head in CSV, even without a row', async () => {
    expect(await exported('csv', ['stopId', 'level'])).toBe('stopId,level\r\n');
  });

  it.each([
    ['nothing', null, ''],
    ['a negative price', '-1.50', '-1.50'],
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'a"b', '"a""b"'],
    ['a line break', 'a\nb', '"a\nb"'],
    ['a document', { stop: '1' }, '"{""stop"":""1""}"'],
    ['a flag', true, 'true'],
    ['a formula', '=1+1', "'=1+1"],
    ['a formula behind a sign', '-1+cmd', "'-1+cmd"],
  ])('writes %s as CSV', async (_what, cell, text) => {
    expect(await exported('csv', ['x'], { x: cell })).toBe(`x\r\n${text}\r\n`);
  });

  it('is one JSON document a line otherwise, of the fields that are asked for', async () => {
    const rows = [
      { a: '1', b: null, c: 3 },
      { a: '2', b: { d: 1 }, c: 4 },
    ];
    const text = await exported('jsonl', ['b', 'a'], ...rows);
    expect(text).toBe('{"b":null,"a":"1"}\n{"b":{"d":1},"a":"2"}\n');
  });
});
