import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppProcess } from '../support/app-process.js';
import { until } from '../support/until.js';

const NOBODY_LISTENS = 'ws://127.0.0.1:9';
const TOKEN = /slt_[0-9a-f]{12}_[A-Za-z0-9_-]{43}/;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const DEPOSIT = { entryId: 'e-1', kind: 'deposit', amount: '100', currency: 'USDT' };

describe('a start that asks for tokens', () => {
  let app: AppProcess;
  let admin: string;

  beforeAll(async () => {
    app = await AppProcess.prepare(NOBODY_LISTENS);
    const file = join(app.dir, 'stopledger.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('auth: none', 'auth: tokens'));
    await app.start();
    admin = TOKEN.exec(app.output)?.[0] ?? '';
  }, 90_000);

  afterAll(() => app.dispose(), 30_000);

  const statusFor = async (token: string) =>
    (await fetch(`${app.base}/api/v1/accounts`, { headers: bearer(token) })).status;

  it('prints the admin token once, and keeps no copy of it', async () => {
    expect(admin).toMatch(TOKEN);
    const path = join(app.dataDir, 'tokens.json');
    expect(readFileSync(path, 'utf8')).not.toContain(admin.slice(-43));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect((await app.get('/api/v1/accounts')).status).toBe(401);
    expect(await statusFor(admin)).toBe(200);
  });

  it('takes tokens that the command line makes and no longer those that it revokes', async () => {
    const made = await app.command('token', 'create', '--name', 'desk', '--scopes', 'trade');
    const token = TOKEN.exec(made.lines[0]!)?.[0] ?? '';
    await until('the token is known', async () => (await statusFor(token)) === 200);

    const path = '/api/v1/accounts/demo/cash';
    const written = await app.post(path, DEPOSIT, bearer(token));
    expect(written.status).toBe(201);
    const position = written.body['asOfPosition'] as string;
    const audit = await fetch(`${app.base}/api/v1/audit?type=CashMoved&waitFor=${position}`, {
      headers: bearer(admin),
    });
    expect(await audit.json()).toMatchObject({
      items: [{ type: 'CashMoved', accountId: 'demo', actor: 'token:desk' }],
    });

    const listed = await app.command('token', 'list', '--json');
    const ofDesk = listed.lines.map((line) => JSON.parse(line)).find(({ name }) => name === 'desk');
    expect(listed.lines.join()).not.toMatch(/sha256/);
    expect((await app.command('token', 'revoke', ofDesk.id)).code).toBe(0);
    await until('the token is refused', async () => (await statusFor(token)) === 401);
  }, 30_000);

  it('says what is wrong with a command', async () => {
    const said = async (...words: string[]) => app.command('token', ...words);
    expect(await said('create')).toStrictEqual({
      code: 2,
      lines: ['stopledger: --name: must be 1 to 64 letters, digits and . _ -'],
    });
    expect(await said('create', '--name', 'x', '--scopes', 'all')).toStrictEqual({
      code: 2,
      lines: ['stopledger: --scopes: must be of read, trade, admin'],
    });
    expect(await said('create', '--name', 'x', '--accounts', 'demo,')).toStrictEqual({
      code: 2,
      lines: ['stopledger: --accounts: must be 1 to 64 letters, digits and . _ -, was ""'],
    });
    expect(await said('revoke', 'none')).toStrictEqual({
      code: 2,
      lines: ['stopledger: no token has the id "none"'],
    });
  });

  it('warns of an account that is not there, and makes the token', async () => {
    const accounts = ['--accounts', 'demo,dmeo'];
    const made = await app.command('token', 'create', '--name', 'typed', ...accounts);
    expect(made.code).toBe(0);
    expect(made.lines.filter((line) => !TOKEN.test(line))).toStrictEqual([
      'stopledger: --accounts: the configuration has no account "dmeo"; the token sees nothing of it until it is opened',
    ]);
    expect(made.lines.filter((line) => TOKEN.test(line))).toHaveLength(1);
  });

  it('shows no token at the next start', async () => {
    await app.interrupt();
    await app.start();
    expect(app.output).not.toMatch(TOKEN);
    expect(await statusFor(admin)).toBe(200);
  }, 90_000);
});
