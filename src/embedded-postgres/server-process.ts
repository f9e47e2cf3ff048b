import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { identity } from './binaries.js';
import { SUPERUSER } from './cluster.js';
import type { ClusterNeeds } from './cluster.js';

const HOST = '127.0.0.1';
const DATABASE = 'stopledger';
const READY_MS_MAX = 60_000; // recovery after a power cut may take this long on a slow disk
const POLL_MS = 25;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '40',
  shared_buffers: '32MB',
  max_wal_size: '256MB',
  fsync: 'on',
  // Read models are derived: what the last instant before a crash wrote is written again from the checkpoint.
  synchronous_commit: 'off',
  // Short statements on small tables: compiling them costs more than it saves.
  jit: 'off',
  logging_collector: 'off',
};

/**
 * Returns the port to listen on. 0 means: the one of last time if it is free, else any free one.
 * Throws when a stated port is taken.
 */
export async function choosePort(asked: number, portFile: string): Promise<number> {
  const remembered = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  const wanted = asked !== 0 ? asked : Number.isInteger(remembered) ? remembered : 0;
  const port = (await freePort(wanted)) ?? (asked === 0 ? await freePort(0) : undefined);
  if (port === undefined) throw new Error(`Port ${String(asked)} is in use.`);
  writeFileSync(portFile, `${String(port)}\n`);
  return port;
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined));
    server.listen({ port, host: HOST, exclusive: true }, () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

export function launchServer(needs: ClusterNeeds, port: number): ChildProcess {
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const log = openSync(needs.places.logFile, 'w', 0o600);
  try {
    const child = spawn(
      needs.binaries.postgres,
      [
        '-D',
        needs.places.cluster,
        ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      {
        ...identity(needs.account),
        cwd: needs.places.folder,
        stdio: ['ignore', log, log],
      },
    );
    needs.onChild(child);
    return child;
  } finally {
    closeSync(log);
  }
}

/** Resolves with the database's URL once a connection was really made; rejects when the server ended first. */
export async function whenReady(
  child: ChildProcess,
  port: number,
  password: string,
  logFile: string,
): Promise<string> {
  for (let waitedMs = 0; waitedMs < READY_MS_MAX; waitedMs += POLL_MS) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) break;
    const answered = await ensureDatabase(port, password);
    if (answered) {
      return `postgres://${SUPERUSER}:${encodeURIComponent(password)}@${HOST}:${String(port)}/${DATABASE}`;
    }
    await delay(POLL_MS);
  }
  const log = existsSync(logFile) ? readFileSync(logFile, 'utf8').trim().slice(-2000) : '';
  throw new Error(`PostgreSQL did not start. Its log (${logFile}) ends with: ${log}`);
}

/** Returns false while the server cannot be reached; throws for an answer that waiting does not better. */
async function ensureDatabase(port: number, password: string): Promise<boolean> {
  const client = new Client({
    host: HOST,
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  // A server that goes away between two statements is found out by the statement itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') {
      throw new Error('The embedded PostgreSQL does not take its own stored password.', {
        cause: error,
      });
    }
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
