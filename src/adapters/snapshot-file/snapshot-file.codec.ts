import { crc32 } from 'node:zlib';
import type { EngineSnapshot } from '../../application/ports/snapshot.port.js';

/**
 * A snapshot as bytes: magic, CRC-32 of all that follows, then seven sections, each behind its length: the head as JSON,
 * ids of positions and their rows, ids of stops, their rows and plans, armed stops. Numbers are little-endian.
 */
const MAGIC = 'SLSNAP01';
const HEADER_BYTES = MAGIC.length + 4;
const LENGTH_BYTES = 4;

type Head = Omit<EngineSnapshot, 'image' | 'position' | 'unreadable'> & {
  readonly position: string;
  readonly unreadable: readonly (Omit<EngineSnapshot['unreadable'][number], 'position'> & {
    readonly position: string;
  })[];
  readonly image: EngineSnapshot['image']['head'];
};

/** Throws for bytes that are damaged or of another form, saying what is wrong with them. */
export function decodeSnapshot(bytes: Buffer): EngineSnapshot {
  const magic = bytes.toString('latin1', 0, MAGIC.length);
  if (magic !== MAGIC) throw new Error(`form must be ${MAGIC}, was ${JSON.stringify(magic)}`);
  const body = bytes.subarray(HEADER_BYTES);
  const [wanted, found] = [bytes.readUInt32LE(MAGIC.length), crc32(body)];
  if (wanted !== found) throw new Error(`checksum must be ${wanted}, was ${found}`);
  const sections = sectionsOf(body);
  const take = (place: number): Buffer => sections[place] ?? Buffer.alloc(0);
  const head = JSON.parse(take(0).toString('utf8')) as Head;
  return {
    ...head,
    position: BigInt(head.position),
    unreadable: head.unreadable.map((one) => ({ ...one, position: BigInt(one.position) })),
    image: {
      head: head.image,
      positionIds: idsOf(take(1)),
      positionRows: take(2),
      stopIds: idsOf(take(3)),
      stopRows: take(4),
      planPlaces: new Uint32Array(aligned(take(5))),
      armedRows: new Float64Array(aligned(take(6))),
    },
  };
}

export function encodeSnapshot(snapshot: EngineSnapshot): readonly Uint8Array[] {
  const { image } = snapshot;
  const head: Head = {
    ...snapshot,
    position: snapshot.position.toString(),
    unreadable: snapshot.unreadable.map((one) => ({ ...one, position: one.position.toString() })),
    image: image.head,
  };
  const sections = [
    Buffer.from(JSON.stringify(head), 'utf8'),
    Buffer.from(image.positionIds.join('\n'), 'utf8'),
    image.positionRows,
    Buffer.from(image.stopIds.join('\n'), 'utf8'),
    image.stopRows,
    bytesOf(image.planPlaces),
    bytesOf(image.armedRows),
  ].flatMap((section) => [lengthOf(section), section]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(
    // zlib takes no bytes at all for a wish to begin anew.
    sections.reduce((sum, section) => (section.length > 0 ? crc32(section, sum) : sum), 0),
    MAGIC.length,
  );
  return [header, ...sections];
}

function sectionsOf(body: Buffer): readonly Buffer[] {
  const sections: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + LENGTH_BYTES + body.readUInt32LE(at);
    sections.push(body.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return sections;
}

function lengthOf(section: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(section.length);
  return length;
}

function idsOf(section: Buffer): readonly string[] {
  return section.length === 0 ? [] : section.toString('utf8').split('\n');
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A copy that begins where numbers may. */
function aligned(section: Buffer): ArrayBuffer {
  return new Uint8Array(section).buffer;
}
