import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileShape } from './config-shape.js';
import { loadConfig } from './load-config.js';
import { missingKeys, readSecretKey } from './secret-key.js';

let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'secret-key-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function keyFile(text: string, mode: number): void {
  writeFileSync(join(cwd, 'key'), text);
  chmodSync(join(cwd, 'key'), mode);
}

const inFile = (): unknown => readSecretKey({ file: 'key' }, { env: {}, cwd });

describe('a key', () => {
  it('is read from an environment variable', () => {
    expect(readSecretKey({ env: 'KEY' }, { env: { KEY: 'k3y' }, cwd })).toStrictEqual({
      kind: 'read',
      key: 'k3y',
    });
    expect(readSecretKey({ env: 'KEY' }, { env: {}, cwd })).toStrictEqual({
      kind: 'unreadable',
      reason: 'environment variable KEY: must hold a key, was empty',
    });
  });

  it('is read from a file that its owner alone may read', () => {
    keyFile('k3y\n', 0o600);
    expect(inFile()).toStrictEqual({ kind: 'read', key: 'k3y' });
  });

  it.each([
    [0o640, '0640'],
    [0o604, '0604'],
    [0o666, '0666'],
  ])('is not read from a file of mode %o', (mode, shown) => {
    keyFile('k3y', mode);
    const reason = `file ${join(cwd, 'key')}: must have mode 0600, was ${shown}`;
    expect(inFile()).toStrictEqual({ kind: 'unreadable', reason });
  });

  it.each([
    ['empty', ' \n', 'must hold a key, was empty'],
    ['of two lines', 'k3y\nanother', 'must hold one key on one line'],
  ])('is not one that is %s, and is not repeated in the reason', (_, text, rule) => {
    keyFile(text, 0o600);
    const reason = `file ${join(cwd, 'key')}: ${rule}`;
    expect(inFile()).toStrictEqual({ kind: 'unreadable', reason });
  });

  it('is not in a file that is not there', () => {
    const reason = `file ${join(cwd, 'key')}: cannot be read (ENOENT)`;
    expect(inFile()).toStrictEqual({ kind: 'unreadable', reason });
  });
});

describe('keys', () => {
  const openalgo = { url: 'http://127.0.0.1:5000', key: { env: 'KEY' }, product: 'MIS' };
  const one = { broker: 'openalgo', currency: 'INR', maxOrderValue: '1000', openalgo };

  const fx = { id: 'fx', type: 'mt5', url: 'http://127.0.0.1:1', accountId: 'a' };

  it('are asked for by those that act alone, and by feeds', () => {
    const { accounts = [], feeds = [] } = fileShape.parse({
      feeds: [{ ...fx, token: { env: 'TOKEN' } }],
      accounts: [
        { ...one, id: 'a', mode: 'shadow' },
        { ...one, id: 'b', mode: 'live' },
        { id: 'c', broker: 'paper', mode: 'paper', currency: 'INR' },
      ],
    });
    expect(missingKeys({ accounts, feeds }, { env: {}, cwd })).toStrictEqual([
      'feeds.0.token: environment variable TOKEN: must hold a key, was empty',
      'accounts.1.openalgo.key: environment variable KEY: must hold a key, was empty',
    ]);
    expect(missingKeys({ accounts, feeds }, { env: { KEY: 'k', TOKEN: 't' }, cwd })).toStrictEqual(
      [],
    );
  });
});

it('leaves secrets where they are for a command that uses none, and keeps the rules of the file', () => {
  const read = (webhook: string) => {
    const text = `alarms: {webhook: {url: "https://pager.example/"${webhook}}}`;
    writeFileSync(join(cwd, 'stopledger.yaml'), text);
    return loadConfig({ env: {}, cwd, configFlag: undefined, readsSecrets: false });
  };
  expect(read(', secretEnv: PAGER')).toMatchObject({ kind: 'loaded' });
  expect(read('')).toMatchObject({
    mistakes: ['alarms.webhook.secretEnv: one of secretEnv and secretFile must be given'],
  });
});
