import fc from 'fast-check';
import { parseExactJson } from './exact-json.js';

describe('exact JSON', () => {
  it('keeps every digit of a number, and every string as it is', () => {
    const text =
      '{"id":9007199254740993,"p":-0.10000000000000000001,"s":"a \\"7\\" 8.50","l":[1e3,null,true]}';
    expect(parseExactJson(text)).toStrictEqual({
      id: '9007199254740993',
      p: '-0.10000000000000000001',
      s: 'a "7" 8.50',
      l: ['1e3', null, true],
    });
  });

  it('reads all that is JSON as JSON does, but for its numbers', () => {
    const asText = (_: string, value: unknown) =>
      typeof value === 'number' ? JSON.stringify(value) : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseExactJson(text)).toStrictEqual(JSON.parse(text, asText));
      }),
      { seed: 20_250_621, numRuns: 300 },
    );
  });

  it('throws for what is not JSON', () => {
    for (const text of ['', '{', '{"a":1}}', '<html>', '{"a" 1}']) {
      expect(() => parseExactJson(text)).toThrow(SyntaxError);
    }
  });
});
