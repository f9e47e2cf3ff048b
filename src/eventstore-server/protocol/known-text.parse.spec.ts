import { parseKnownText } from './known-text.parse.js';

function parse(text: string): string {
  const bytes = Buffer.from(`<${text}>`, 'utf8');
  return parseKnownText(bytes, 1, bytes.length - 1);
}

it('tells apart whatever shares a slot, and remembers nothing wrong', () => {
  // More texts than slots, so that each slot is fought for; twice, so that some are found again.
  const texts = Array.from({ length: 3000 }, (_, n) => `stream-ü${n % 1500}`);
  expect(texts.map(parse)).toStrictEqual(texts);
});

it('reads what is empty, or too long to be remembered', () => {
  const long = 'ü'.repeat(40);
  expect(['', long, '', long].map(parse)).toStrictEqual(['', long, '', long]);
});

it('does not take the bytes of a later message for those of an earlier one', () => {
  const bytes = Buffer.from('type');
  expect(parseKnownText(bytes, 0, 4)).toBe('type');
  bytes.write('kind');
  expect(parseKnownText(bytes, 0, 4)).toBe('kind');
  expect(parse('type')).toBe('type');
});
