import {
  firstVisible,
  isSoftDeleted,
  parseStreamMetadata,
  SOFT_DELETED_DOCUMENT,
  withTruncateBefore,
} from './stream-metadata.parse.js';

describe('parseStreamMetadata', () => {
  it.each<[string, object]>([
    [
      '{"$maxCount":3,"$maxAge":2,"$tb":4,"own":{"x":1}}',
      { maxCount: 3, maxAgeMs: 2000, truncateBefore: 4 },
    ],
    ['{"$maxCount":0,"$maxAge":-1,"$tb":-1}', {}],
    ['{"$tb":0}', { truncateBefore: 0 }],
    ['{"$maxCount":3,"$maxAge":"2"}', {}],
    ['{"$maxCount":1.5}', {}],
    ['{"$maxCount":3,"$tmp":1}', {}],
    [
      '{"$maxCount":3,"$acl":{"$r":"$all","$w":["a","b"]}}',
      { maxCount: 3, acl: { read: ['$all'], write: ['a', 'b'] } },
    ],
    ['{"$maxCount":3,"$acl":{"$x":"$all"}}', {}],
    ['{"$maxCount":3,"$acl":{"$r":[1]}}', {}],
    ['[{"$maxCount":3}]', {}],
    ['null', {}],
    ['no json', {}],
    ['', {}],
  ])('%s → %j', (text, metadata) => {
    expect(parseStreamMetadata(text)).toStrictEqual(metadata);
  });

  it.each([SOFT_DELETED_DOCUMENT, '{"$tb":9223372036854775808}', '{"$tb":9223372036854776000}'])(
    '%s deletes the stream',
    (text) => {
      expect(isSoftDeleted(parseStreamMetadata(text))).toBe(true);
    },
  );

  it('keeps everything else when a stream comes back', () => {
    expect(withTruncateBefore('{"$maxCount":5,"own":1}', 2)).toBe(
      '{"$maxCount":5,"own":1,"$tb":2}',
    );
    expect(withTruncateBefore(SOFT_DELETED_DOCUMENT, 7)).toBe('{"$tb":7}');
    expect(withTruncateBefore('no json', 0)).toBe('{"$tb":0}');
  });

  it.each<[object, number, number]>([
    [{}, 5, 0],
    [{ maxCount: 2 }, 5, 4],
    [{ maxCount: 10 }, 5, 0],
    [{ truncateBefore: 3 }, 5, 3],
    [{ truncateBefore: 3, maxCount: 2 }, 5, 4],
    [{ truncateBefore: 9 }, 5, 9],
  ])('%j shows a stream that ends at %d from %d on', (metadata, last, first) => {
    expect(firstVisible(metadata, last)).toBe(first);
  });
});
