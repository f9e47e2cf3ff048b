import { NewestByReason } from './newest-by-reason.js';

function noted(reasons: readonly string[]): NewestByReason<{ receivedAtMs: number }> {
  const held = new NewestByReason<{ receivedAtMs: number }>();
  for (const [receivedAtMs, reason] of reasons.entries()) held.note(reason, { receivedAtMs });
  return held;
}

describe('what is held back', () => {
  it('is listed with the newest first, whatever the reason', () => {
    const held = noted(['a', 'b', 'a']);
    expect(held.newestFirst().map(({ receivedAtMs }) => receivedAtMs)).toStrictEqual([2, 1, 0]);
  });

  it('a flood of one reason drives out its own oldest and not the rare ones', () => {
    const held = noted(['rare', ...Array.from({ length: 60 }, () => 'flood')]);
    const kept = held.newestFirst().map(({ receivedAtMs }) => receivedAtMs);
    expect([kept.length, kept[0], kept[49], kept[50]]).toStrictEqual([51, 60, 11, 0]);
  });

  it('reasons without end do not fill the memory', () => {
    const held = noted(Array.from({ length: 500 }, (_, at) => `reason ${at}`));
    expect(held.newestFirst()).toHaveLength(50);
  });
});
