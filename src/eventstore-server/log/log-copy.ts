import { constants, existsSync, readFileSync } from 'node:fs';
import { copyFile, open, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedLogError } from './damaged-log-error.js';
import { manifestText, parseManifest, type SegmentName } from './manifest.codec.js';
import { FORMAT_NOTE } from './data-directory.js';
import { makeFolder } from './make-folder.js';
import { segmentFileName, syncDirectory } from './segment-directory.js';
import { SEGMENT_HEADER_BYTES } from './segment-header.codec.js';

/** A scavenge may exchange a segment while it is copied: then the copy begins again. */
const ATTEMPTS_MAX = 20;
const CHUNK_BYTES = 1024 * 1024;

export interface LogCopy {
  readonly segments: number;
  /** Those that were there already from a copy made before. */
  readonly unchanged: number;
  readonly bytes: number;
}

/**
 * Copies the data of a store to a folder, whether a server runs on it or not: everything that was
 * acknowledged when the copy began. Into a folder with an earlier copy only what is new is copied.
 *
 * Full segments never change. The newest one is copied as far as it reaches: what was being written is
 * cut by the store that opens the copy. The manifest comes last, so half a copy is none.
 */
export async function copyLog(from: string, to: string): Promise<LogCopy> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await copyOnce(from, to);
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isGone || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

async function copyOnce(from: string, to: string): Promise<LogCopy> {
  const source = join(from, 'segments');
  const target = join(to, 'segments');
  const names = readManifest(from);
  makeFolder(target);
  let unchanged = 0;
  let bytes = 0;
  for (const name of names) {
    const file = segmentFileName(name, 'log');
    const isNewest = name === names.at(-1);
    const size = isNewest ? (await stat(join(source, file))).size : expectedBytes(name, names);
    if (!isNewest && (await sizeOf(join(target, file))) === size) {
      unchanged++;
      // It was the newest at the copy before, which had no index yet.
      const index = segmentFileName(name, 'index');
      const isSame = (await sizeOf(join(target, index))) === (await sizeOf(join(source, index)));
      if (!isSame) await copyIndex(source, target, name);
      continue;
    }
    await copyPart(join(source, file), join(target, file), size);
    bytes += size;
    if (!isNewest) await copyIndex(source, target, name);
  }
  const manifest = join(target, 'manifest');
  await writeFile(`${manifest}.new`, manifestText(names), { flush: true });
  await rename(`${manifest}.new`, manifest);
  await writeFile(join(to, 'format'), FORMAT_NOTE, { flush: true });
  syncDirectory(target);
  syncDirectory(to);
  return { segments: names.length, unchanged, bytes };
}

/** The segments that a folder's manifest lists. */
export function readManifest(root: string): readonly SegmentName[] {
  const path = join(root, 'segments');
  const manifest = join(path, 'manifest');
  if (!existsSync(manifest)) throw new DamagedLogError(`${root} holds no event store`);
  return parseManifest(readFileSync(manifest, 'utf8'), path);
}

function expectedBytes(name: SegmentName, names: readonly SegmentName[]): number {
  const next = names[names.indexOf(name) + 1];
  return name.bytes ?? (next?.base ?? name.base) - name.base + SEGMENT_HEADER_BYTES;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined; // Not there yet.
  }
}

/** The first bytes of a file that may be growing; durable under its name when it resolves. */
async function copyPart(from: string, to: string, size: number): Promise<void> {
  const source = await open(from, 'r');
  const target = await open(`${to}.new`, 'w');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; at < size;) {
      const { bytesRead } = await source.read(chunk, 0, Math.min(CHUNK_BYTES, size - at), at);
      if (bytesRead === 0) throw new DamagedLogError(`${from} ends before offset ${size}`);
      await target.write(chunk, 0, bytesRead, at);
      at += bytesRead;
    }
    await target.sync();
  } finally {
    await source.close();
    await target.close();
  }
  await rename(`${to}.new`, to);
}

/** It may not be written yet: the store that opens the copy makes what is missing. */
async function copyIndex(source: string, target: string, name: SegmentName): Promise<void> {
  const file = segmentFileName(name, 'index');
  if (!existsSync(join(source, file))) return;
  const draft = join(target, `${file}.new`);
  await copyFile(join(source, file), draft, constants.COPYFILE_FICLONE);
  await rename(draft, join(target, file));
}
