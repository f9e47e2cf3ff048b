import { UnknownError } from '@eventstore/db-client';
import { refusalWords } from './refusal-words.js';

describe('the words of a refusal', () => {
  it('are those of the store, without what the client puts before them', () => {
    const words = 'the disk of the event store is full: ENOSPC: no space left on device, write';
    expect(refusalWords(new UnknownError(undefined, `Could not recognize ${words}`))).toBe(words);
  });

  it('are left as they are otherwise', () => {
    expect(refusalWords(new Error('no answer within 2000 ms'))).toBe('no answer within 2000 ms');
    expect(refusalWords('gone')).toBe('gone');
  });
});
