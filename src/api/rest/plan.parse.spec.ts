import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PartitionFixture } from '../../../test/support/partition-fixture.js';
import {
  DIALECT_CHOICES,
  NAMED_DIALECTS,
  STOPLEDGER_DIALECT,
  settingsOf,
} from '../../domain/stop/dialect.js';
import { plan } from './plan.parse.js';

const [PLANS, DIALECTS] = ['plans', 'dialects'].map((name) =>
  readFileSync(join(__dirname, `../../../docs/reference/${name}.md`), 'utf8'),
) as [string, string];

function examplesOf(page: string): readonly (readonly [string, unknown])[] {
  return [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text = '']) => {
    const example = JSON.parse(text) as unknown;
    return [JSON.stringify(example), example] as const;
  });
}

describe('the references of plans and dialects', () => {
  it('show examples', () => {
    expect(examplesOf(PLANS).length).toBeGreaterThan(3);
    expect(examplesOf(DIALECTS).length).toBeGreaterThan(2);
  });

  it.each([...examplesOf(PLANS), ...examplesOf(DIALECTS)])(
    'have an example that can be armed: %s',
    (_text, example) => {
      const fixture = PartitionFixture.ready();
      fixture.position(1, 'long');
      fixture.price('83.29');
      expect(fixture.arm(2, 1, plan.parse(example))).toMatchObject({ kind: 'accepted' });
    },
  );
});

describe('the reference of dialects', () => {
  const code = (text: string): string => `\`${text}\``;

  it.each(Object.entries(DIALECT_CHOICES))(
    'tells the choices of %s, the default first',
    (setting, choices) => {
      const usual = settingsOf(STOPLEDGER_DIALECT)[setting] ?? '';
      expect(choices[0]).toBe(usual);
      expect(DIALECTS).toContain(`| ${code(setting)} | ${choices.map(code).join(', ')} |`);
    },
  );

  it.each([...NAMED_DIALECTS.values()].map((dialect) => [dialect.name, dialect] as const))(
    'tells what %s changes, and nothing else',
    (name, dialect) => {
      const usual = settingsOf(STOPLEDGER_DIALECT);
      const changes = Object.entries(settingsOf(dialect))
        .filter(([setting, choice]) => usual[setting] !== choice)
        .map(([setting, choice]) => code(`${setting}: ${choice}`));
      const [, , told = ''] =
        new RegExp(`^\\| ${code(name)} \\|(.*?)\\|`, 'm').exec(DIALECTS)?.[0].split('|') ?? [];
      const found = told.split(',').map((each) => each.trim());
      expect(found.filter((each) => each !== '').sort()).toStrictEqual(changes.sort());
      expect(DIALECTS).toContain(`| ${code(name)} |`);
    },
  );
});
