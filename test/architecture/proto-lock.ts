import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { common, Enum, MapField, type NamespaceBase, Root, Service, Type } from 'protobufjs';
import { ROOT } from './project-files.js';

export const PROTO_FOLDER = join(ROOT, 'src/eventstore-server/protocol');
export const LOCK_PATH = join(PROTO_FOLDER, 'proto.lock.json');

/** Everything of the protocol that clients depend on: by name of a field, value or method what it is. */
export type ProtoLock = Readonly<Record<string, string>>;

/** What the .proto files say now. */
export function currentProtocol(): ProtoLock {
  const root = new Root();
  root.resolvePath = (_origin, target) =>
    target.startsWith('google/') ? target : join(PROTO_FOLDER, target);
  const files = readdirSync(PROTO_FOLDER).filter((name) => name.endsWith('.proto'));
  for (const name of files.sort()) {
    if (common.get(name) === null) root.loadSync(name, { keepCase: true });
  }
  const lines: Record<string, string> = {};
  describe(root, lines);
  return Object.fromEntries(Object.entries(lines).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(namespace: NamespaceBase, into: Record<string, string>): void {
  for (const item of namespace.nestedArray) {
    const name = item.fullName.slice(1);
    if (name.startsWith('google.protobuf')) continue;
    if (item instanceof Type) {
      for (const field of item.fieldsArray) {
        const kind =
          field instanceof MapField ? `map<${field.keyType}, ${field.type}>` : field.type;
        const label = field.repeated ? `repeated ${kind}` : kind;
        into[`${name}.${field.name}`] = `${field.id} ${label}`;
      }
    }
    if (item instanceof Enum) {
      for (const [value, number] of Object.entries(item.values))
        into[`${name}.${value}`] = `${number}`;
    }
    if (item instanceof Service) {
      for (const method of item.methodsArray) {
        const side = (isStream: boolean | undefined, type: string): string =>
          isStream === true ? `stream ${type}` : type;
        const request = side(method.requestStream, method.requestType);
        into[`${name}/${method.name}`] =
          `${request} -> ${side(method.responseStream, method.responseType)}`;
      }
    }
    if ('nestedArray' in item) describe(item, into);
  }
}

export function lockedProtocol(): ProtoLock {
  return JSON.parse(readFileSync(LOCK_PATH, 'utf8')) as ProtoLock;
}

/** What clients that know the one would misread in the other. Additions are none of it. */
export function incompatibilities(locked: ProtoLock, current: ProtoLock): string[] {
  return Object.entries(locked).flatMap(([name, was]) => {
    const is = current[name];
    if (is === was) return [];
    return [`${name}: was '${was}', is ${is === undefined ? 'gone' : `'${is}'`}`];
  });
}
