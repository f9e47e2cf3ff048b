import { writeFileSync } from 'node:fs';
import { PersistentSubscriptionsService } from '@eventstore/db-client/generated/persistent_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { methodsOf } from '../../src/eventstore-server/served-methods.js';
import type { Node } from '../../src/eventstore-server/node.js';
import { currentProtocol, incompatibilities, LOCK_PATH, lockedProtocol } from './proto-lock.js';

if (process.env['REFRESH_PROTO_LOCK'] !== undefined) {
  writeFileSync(LOCK_PATH, `${JSON.stringify(currentProtocol(), undefined, 2)}\n`);
}

const current = currentProtocol();

describe('the protocol', () => {
  it('has not changed in a way that clients would misread', () => {
    expect(incompatibilities(lockedProtocol(), current)).toEqual([]);
  });

  it('is locked as a whole: REFRESH_PROTO_LOCK=1 takes additions in', () => {
    expect(Object.keys(current)).toEqual(Object.keys(lockedProtocol()));
  });

  it('has every method that the node serves', () => {
    const node = { store: { deleteStream: () => 0, tombstone: () => 0 } } as unknown as Node;
    const served = [
      ...methodsOf(node, {
        traffic: () => ({ connections: 0, calls: 0 }),
        shutdown: () => undefined,
      }).keys(),
    ];
    expect(served.length).toBeGreaterThan(15);
    expect(served.filter((path) => current[path.slice(1)] === undefined)).toEqual([]);
  });

  it('is the one that the installed client calls', () => {
    const called = [StreamsService, PersistentSubscriptionsService].flatMap((service) =>
      Object.values(service).map(({ path }) => path.slice(1)),
    );
    expect(called.length).toBeGreaterThan(10);
    expect(called.filter((path) => current[path] === undefined)).toEqual([]);
  });
});

describe('the lock', () => {
  const locked = { 'a.M.x': '1 string', 'a.M.y': '2 repeated uint64', 'a.S/Do': 'M -> stream M' };

  it.each([
    ['a new number', { ...locked, 'a.M.x': '3 string' }, ["a.M.x: was '1 string', is '3 string'"]],
    ['a new type', { ...locked, 'a.M.x': '1 bytes' }, ["a.M.x: was '1 string', is '1 bytes'"]],
    [
      'one instead of many',
      { ...locked, 'a.M.y': '2 uint64' },
      ["a.M.y: was '2 repeated uint64', is '2 uint64'"],
    ],
    [
      'an answer instead of many',
      { ...locked, 'a.S/Do': 'M -> M' },
      ["a.S/Do: was 'M -> stream M', is 'M -> M'"],
    ],
    [
      'a field that is gone',
      { 'a.M.x': '1 string', 'a.S/Do': 'M -> stream M' },
      ["a.M.y: was '2 repeated uint64', is gone"],
    ],
    ['nothing for an addition', { ...locked, 'a.M.z': '3 bool' }, []],
  ])('tells of %s', (_what, now, told) => {
    expect(incompatibilities(locked, now)).toEqual(told);
  });
});
