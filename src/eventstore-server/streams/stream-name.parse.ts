import { isSystemStream } from './system-stream.js';
import { accessDenied, type GrpcError, invalidArgument } from '../protocol/grpc-status.js';

/**
 * Why nobody may write a stream of this name; undefined if anybody may.
 *
 * `$all` is the name of the whole log, system streams are indexes over it, `$$` would be the metadata of a stream without a name.
 */
export function refuseStreamName(name: string): GrpcError | undefined {
  if (name === '') return invalidArgument('the stream name must not be empty');
  if (name === '$all' || isSystemStream(name)) return accessDenied();
  if (/^(\$\$)+$/.test(name)) return invalidArgument(`'${name}' names the metadata of no stream`);
  return undefined;
}
