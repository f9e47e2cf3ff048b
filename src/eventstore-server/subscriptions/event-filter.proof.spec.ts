import { parseUuid } from '../protocol/uuid.codec.js';
import type { FilterRequest } from '../protocol/read-request.parse.js';
import { StreamIndex } from '../streams/stream-index.js';
import { EventFilter } from './event-filter.js';

const STREAMS = ['order-1', 'order-22', 'user-größe', '$$order-1', `${'a'.repeat(60)}!`];

function anIndex(): StreamIndex {
  const index = new StreamIndex();
  const id = parseUuid('00000000-0000-4000-8000-000000000001');
  if (id === undefined) throw new Error('this is a uuid');
  const data = Buffer.alloc(0);
  for (const [i, stream] of STREAMS.entries()) {
    const type = stream.startsWith('$') ? '$metadata' : 'Thing';
    const event = { id, type, isJson: false, data, metadata: data };
    const place = { stream, revision: 0, createdMs: 0 };
    index.add(event, place, { position: 100 * i, length: 10, crc: 0 });
  }
  return index;
}

function matched(request: Partial<FilterRequest>): string[] {
  const index = anIndex();
  const filter = new EventFilter(index, {
    on: 'stream',
    regex: '',
    prefixes: [],
    checkpointEvents: 32,
    ...request,
  });
  return STREAMS.filter((_stream, ordinal) => filter.isWanted(ordinal));
}

describe('EventFilter', () => {
  it.each<[Partial<FilterRequest>, string[]]>([
    [{ prefixes: ['order'] }, ['order-1', 'order-22']],
    [{ prefixes: ['user', '$$'] }, ['user-größe', '$$order-1']],
    [{ prefixes: [''] }, STREAMS],
    [{ prefixes: [] }, []],
    [{ regex: 'order-\\d$' }, ['order-1', '$$order-1']],
    [{ regex: '(?i)ORDER-\\d+$', prefixes: ['user'] }, ['order-1', 'order-22', '$$order-1']],
    [{ regex: 'gr\\p{L}+e' }, ['user-größe']],
    [{ regex: 'user\\-' }, ['user-größe']],
    [{ regex: 'user\\-\\p{L}' }, ['user-größe']],
    [{ regex: '\\Aorder' }, ['order-1', 'order-22']],
    [{ regex: '\\Gorder' }, ['order-1', 'order-22']],
    [{ regex: 'order-1\\z' }, ['order-1', '$$order-1']],
    [{ regex: '(?i)\\AORDER-1\\Z' }, ['order-1']],
    [{ regex: '\\\\Aorder' }, []],
    [{ regex: '[\\]\\-]1\\z' }, ['order-1', '$$order-1']],
    [{ regex: '[]-]2' }, ['order-22']],
    // No class of POSIX to .NET either: one of the characters and a bracket.
    [{ regex: '[[:alpha:]]' }, []],
    [{ on: 'type', regex: '^[^$].*' }, STREAMS.filter((stream) => !stream.startsWith('$'))],
  ])('%j', (request, streams) => {
    expect(matched(request)).toStrictEqual(streams);
  });

  it('refuses a pattern that is none', () => {
    expect(() => matched({ regex: '(' })).toThrow("'(' is not a valid regular expression");
  });

  it.each([
    ['[a-z-[o]]rder', '-['],
    ['\\hrder', '\\h'],
    ['[\\A]order', '\\A'],
  ])('refuses %s, which would match something else', (regex, construct) => {
    expect(() => matched({ regex })).toThrow(`'${regex}': '${construct}' is not known here`);
  });

  it.each([
    '(?>order)',
    'order++',
    '(?#any)order',
    '(?x) o r d e r',
    '(?m)^order',
    "(?'name'order)",
    '\\p{IsLatin}',
  ])('refuses %s, which .NET would take', (regex) => {
    expect(() => matched({ regex })).toThrow(`'${regex}' is not a valid regular expression`);
  });

  it.each(['(a+)+$', '(a|aa)+$', '(.*a){20}$', '^(\\w+\\s?)*$', '(a?){30}a{40}$', '(a*)*\\1$'])(
    'ends the work that %s makes',
    (regex) => {
      expect(() => matched({ regex })).toThrow(`'${regex}' takes too long to match`);
    },
  );

  it('hides what the node keeps for itself', () => {
    const index = new StreamIndex();
    const id = parseUuid('00000000-0000-4000-8000-000000000001');
    if (id === undefined) throw new Error('this is a uuid');
    const names = [
      '$epoch-information',
      '$persistentsubscription-$all::group-checkpoint',
      '$persistentsubscription-$all::group-parked',
      '$persistentsubscription-a::group-checkpoint',
      '$settings',
    ];
    const data = Buffer.alloc(0);
    for (const [i, stream] of names.entries()) {
      const event = { id, type: 'T', isJson: false, data, metadata: data };
      const place = { stream, revision: 0, createdMs: 0 };
      index.add(event, place, { position: i, length: 1, crc: 0 });
    }
    const filter = new EventFilter(index, undefined);
    expect(names.map((_name, ordinal) => filter.isVisible(ordinal))).toStrictEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });
});
