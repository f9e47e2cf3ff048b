import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../src/launch/child.js';
import { temporaryFolder } from '../support/postgres-fixture.js';

const folder = temporaryFolder('child');
const script = join(folder.path, 'refusing.cjs');

afterAll(() => {
  rmSync(script);
  folder.remove();
});

describe('a child that is not to be ready', () => {
  it('says why at its end, also when it has to be ended for it', async () => {
    const line = 'the database has a newer schema';
    writeFileSync(
      script,
      `process.send({ type: 'failed', line: '${line}' }); setInterval(() => undefined, 1_000);`,
    );
    const child = new Child({ name: 'read side', script, args: [], readyWithinMs: 30_000 });
    await expect(child.ready()).rejects.toThrow(`read side: ${line}`);
    child.kill();
    expect(await child.exited).toBe(`read side ended with SIGKILL: ${line}`);
  });
});
