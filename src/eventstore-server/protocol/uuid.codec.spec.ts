import { parseUuid, parseUuidBytes, putUuidText, readUuid } from './uuid.codec.js';
import { WireReader, WireWriter } from './wire.codec.js';

const TEXT = '0123abcd-ef45-4678-9abc-deff00112233';

function fromBytes(text: string): string | undefined {
  const bytes = Buffer.from(`<${text}>`, 'latin1');
  return parseUuidBytes(bytes, 1, bytes.length - 1)?.text;
}

it.each([TEXT, TEXT.toUpperCase(), 'ffffffff-ffff-ffff-ffff-ffffffffffff'])(
  'reads %s alike from text and from bytes, and writes it in lower case',
  (text) => {
    const uuid = parseUuid(text);
    if (uuid === undefined) throw new Error('Invariant: that is a uuid');
    expect(uuid.text).toBe(text.toLowerCase());
    expect(fromBytes(text)).toBe(text.toLowerCase());
    const out = Buffer.from(`<${'.'.repeat(36)}>`);
    putUuidText(out, 1, uuid);
    expect(out.toString('latin1')).toBe(`<${text.toLowerCase()}>`);
  },
);

it.each(['', TEXT.slice(1), `${TEXT}0`, TEXT.replace('-', '0'), TEXT.replace('d', 'g')])(
  'takes %p for no uuid',
  (text) => {
    expect([parseUuid(text), fromBytes(text)]).toStrictEqual([undefined, undefined]);
  },
);

it('reads the structured form: two halves, the most significant first', () => {
  const message = new WireWriter()
    .message(1, (halves) => halves.uint(1, 0x0123abcdef454678n).uint(2, 0x9abcdeff00112233n))
    .finish();
  expect(readUuid(new WireReader(message))?.text).toBe(TEXT);
});
