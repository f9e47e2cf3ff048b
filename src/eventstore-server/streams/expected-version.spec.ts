import { parseUuid, type Uuid } from '../protocol/uuid.codec.js';
import {
  ANY,
  decideAppend,
  NO_STREAM,
  STREAM_EXISTS,
  type StreamView,
} from './expected-version.js';

/** Ids by letter, so that a table can say "ab" for two events. */
function idOf(letter: string): Uuid {
  const code = letter.charCodeAt(0).toString(16).padStart(12, '0');
  const id = parseUuid(`00000000-0000-4000-8000-${code}`);
  if (id === undefined) throw new Error('a letter makes an id');
  return id;
}

function aStream(events: string, state: Partial<StreamView> = {}): StreamView {
  const ids = events
    .split(' ')
    .filter(Boolean)
    .map((letter) => idOf(letter).text);
  return {
    last: ids.length - 1,
    isTombstoned: false,
    isSoftDeleted: false,
    hasMetadata: false,
    revisionOf: (id) => ids.indexOf(id.text),
    isAt: (revision, id) => ids[revision] === id.text,
    ...state,
  };
}

const softDeleted = { isSoftDeleted: true, hasMetadata: true };
const tombstoned = { isTombstoned: true };
const withMetadata = { hasMetadata: true };

describe('decideAppend', () => {
  it.each<[string, Partial<StreamView>, bigint, string, string]>([
    // stream, its state, expected, appended, decision
    ['', {}, ANY, 'a', 'write'],
    ['', {}, NO_STREAM, 'a', 'write'],
    ['', {}, 0n, 'a', 'wrong'],
    ['', {}, STREAM_EXISTS, 'a', 'wrong'],
    ['', withMetadata, STREAM_EXISTS, 'a', 'write'],
    ['', {}, ANY, '', 'write'],

    ['a b c', tombstoned, ANY, 'd', 'deleted'],
    ['a b c', tombstoned, NO_STREAM, 'd', 'deleted'],
    ['a b c', tombstoned, 2n, 'd', 'deleted'],
    ['a b c', tombstoned, ANY, '', 'deleted'],
    ['a b c', softDeleted, STREAM_EXISTS, 'd', 'deleted'],
    ['a b c', softDeleted, STREAM_EXISTS, 'a', 'deleted'],

    ['a b c', {}, ANY, 'd', 'write'],
    ['a b c', {}, ANY, '', 'write'],
    ['a b c', {}, STREAM_EXISTS, 'd', 'write'],
    ['a b c', {}, ANY, 'a b c', 'repeat 2'],
    ['a b c', {}, STREAM_EXISTS, 'a b', 'repeat 1'],
    ['a b c', {}, ANY, 'a c', 'repeat 2'],
    ['a b c', {}, ANY, 'c b a', 'repeat 0'],
    ['a b c', {}, ANY, 'a d', 'wrong'],
    ['a b c', {}, ANY, 'd a', 'write'],
    ['a b c', softDeleted, ANY, 'a', 'repeat 0'],
    ['a b c a', {}, ANY, 'a', 'repeat 0'],

    ['a b c', {}, NO_STREAM, 'a b c', 'repeat 2'],
    ['a b c', {}, NO_STREAM, 'a b', 'repeat 1'],
    ['a b c', {}, NO_STREAM, 'a b c d', 'wrong'],
    ['a b c', {}, NO_STREAM, 'b a', 'wrong'],
    ['a b c', {}, NO_STREAM, 'a c', 'wrong'],
    ['a b c', {}, NO_STREAM, '', 'wrong'],
    ['a b c', {}, 0n, 'b c', 'repeat 2'],
    ['a b c', {}, 1n, 'b', 'wrong'],
    ['a b c', softDeleted, NO_STREAM, 'd', 'write'],
    ['a b c', softDeleted, NO_STREAM, 'a b', 'repeat 1'],
    ['a b c', softDeleted, NO_STREAM, 'a d', 'wrong'],
    ['a b c', softDeleted, 0n, 'd', 'wrong'],
    ['a b c', softDeleted, 0n, 'b c', 'repeat 2'],

    ['a b c', {}, 3n, 'd', 'wrong'],
    ['a b c', {}, 2n ** 63n, 'd', 'wrong'],
    ['a b c', {}, 2n, 'd', 'write'],
    ['a b c', {}, 2n, 'a b c', 'write'],
    ['a b c', {}, 2n, '', 'write'],
    ['a b c', softDeleted, 2n, 'd', 'write'],
  ])('on "%s" %j expecting %d: "%s" → %s', (...row) => {
    const [events, state, expected, appended, decision] = row;
    const ids = appended.split(' ').filter(Boolean).map(idOf);
    const found = decideAppend(aStream(events, state), expected, ids);
    expect(found.kind === 'repeat' ? `repeat ${found.revision}` : found.kind).toBe(decision);
  });
});
