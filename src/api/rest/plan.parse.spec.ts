import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartitionFixture } from '../../../test/support/partition-fixture.js';
import { plan } from './plan.parse.js';

const PAGE = join(__dirname, '../../../docs/reference/plans.md');
const EXAMPLES = [...readFileSync(PAGE, 'utf8').matchAll(/```json\n(.*?)```/gs)].map(
  ([, text]) => JSON.parse(text ?? '') as unknown,
);

describe('the reference of plans', () => {
  it('shows examples', () => {
    expect(EXAMPLES.length).toBeGreaterThan(3);
  });

  it.each(EXAMPLES.map((example) => [JSON.stringify(example), example]))(
    'has an example that can be armed: %s',
    (_text, example) => {
      const fixture = PartitionFixture.ready();
      fixture.position(1, 'long');
      fixture.price('83.29');
      expect(fixture.arm(2, 1, plan.parse(example))).toMatchObject({ kind: 'accepted' });
    },
  );
});
