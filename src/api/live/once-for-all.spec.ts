import { OnceForAll } from './once-for-all.js';

describe('what many ask of one thing', () => {
  it('is made once, by question', async () => {
    const once = new OnceForAll<number>();
    const subject = {};
    let made = 0;
    const ask = (question: string) => once.of(subject, question, () => (made += 1));
    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toStrictEqual([1, 1, 2]);
    expect(await ask('a')).toBe(1);
  });

  it('is made again where it failed', async () => {
    const once = new OnceForAll<string>();
    const subject = {};
    const away = once.of(subject, 'a', () => Promise.reject(new Error('away')));
    await expect(away).rejects.toThrow('away');
    expect(await once.of(subject, 'a', () => 'there')).toBe('there');
  });

  it('is forgotten behind five hundred newer things, and not kept for the twenty-first question', async () => {
    const once = new OnceForAll<number>();
    let made = 0;
    const count = () => (made += 1);
    const first = {};
    await once.of(first, 'a', count);
    for (let newer = 0; newer < 499; newer += 1) await once.of({}, 'a', count);
    await once.of(first, 'a', count);
    expect(made).toBe(500);
    await once.of({}, 'a', count);
    await once.of(first, 'a', count);
    expect(made).toBe(502);
    const last = {};
    for (let question = 0; question < 21; question += 1) {
      await once.of(last, String(question), count);
    }
    await once.of(last, '19', count);
    expect(made).toBe(523);
    await once.of(last, '20', count);
    expect(made).toBe(524);
  });
});
