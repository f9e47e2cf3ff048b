import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AccountConfig, KeySource } from './account-shape.js';
import type { FeedConfig } from './config-shape.js';

export type SecretKey =
  | { readonly kind: 'read'; readonly key: string }
  /** `reason` names the place and never what was found there. */
  | { readonly kind: 'unreadable'; readonly reason: string };

const KEY_LENGTH_MAX = 4_096;

/** Where keys are looked for: what the process was started with. */
export interface KeyPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function keyPlaces(): KeyPlaces {
  return { env: process.env, cwd: process.cwd() };
}

/** Reads a key at the moment that it is needed: it is kept in no configuration, and travels between no processes. */
export function readSecretKey(source: KeySource, from: KeyPlaces): SecretKey {
  if ('env' in source) {
    return judge(from.env[source.env], `environment variable ${source.env}`);
  }
  const path = resolve(from.cwd, source.file);
  try {
    const { mode } = statSync(path);
    // Windows has no such bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0');
      return { kind: 'unreadable', reason: `file ${path}: must have mode 0600, was ${found}` };
    }
    return judge(readFileSync(path, 'utf8'), `file ${path}`);
  } catch (error) {
    const { code } = error as { code?: unknown };
    return { kind: 'unreadable', reason: `file ${path}: cannot be read (${String(code)})` };
  }
}

function judge(text: string | undefined, place: string): SecretKey {
  const key = text?.trim() ?? '';
  if (key === '') return { kind: 'unreadable', reason: `${place}: must hold a key, was empty` };
  if (key.length > KEY_LENGTH_MAX || /\s/.test(key)) {
    return { kind: 'unreadable', reason: `${place}: must hold one key on one line` };
  }
  return { kind: 'read', key };
}

/** Where the keys of an account that acts are kept, by their place in the file. Others need none. */
export function keySourcesOf(account: AccountConfig): readonly (readonly [string, KeySource])[] {
  if (account.mode !== 'live') return [];
  switch (account.broker) {
    case 'paper':
      return [];
    case 'openalgo':
      return [['openalgo.key', account.openalgo.key]];
    case 'binance':
      return [
        ['binance.key', account.binance.key],
        ['binance.secret', account.binance.secret],
      ];
    case 'mt5':
      return [['mt5.token', account.mt5.token]];
  }
}

/** What keeps the configured accounts and feeds from reading their keys now. */
export function missingKeys(
  {
    accounts,
    feeds,
  }: { readonly accounts: readonly AccountConfig[]; readonly feeds: readonly FeedConfig[] },
  from: KeyPlaces,
): string[] {
  const ofFeeds = feeds.flatMap((feed, at) => {
    const found = feed.type === 'mt5' ? readSecretKey(feed.token, from) : undefined;
    return found?.kind === 'unreadable' ? [`feeds.${at}.token: ${found.reason}`] : [];
  });
  const ofAccounts = accounts.flatMap((account, at) =>
    keySourcesOf(account).flatMap(([path, source]) => {
      const found = readSecretKey(source, from);
      return found.kind === 'read' ? [] : [`accounts.${at}.${path}: ${found.reason}`];
    }),
  );
  return [...ofFeeds, ...ofAccounts];
}
