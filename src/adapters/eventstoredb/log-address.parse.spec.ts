import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logAddressOf } from './log-address.parse.js';

describe('the node that a connection string names', () => {
  it('is reached in the clear where it says so, and without credentials then', () => {
    const clear = { authorization: undefined, ca: undefined };
    const local = { origin: 'http://127.0.0.1:2113', ...clear };
    expect(logAddressOf('esdb://127.0.0.1:2113?tls=false')).toStrictEqual(local);
    expect(logAddressOf('esdb://127.0.0.1?TLS=false&connectionName=a')).toStrictEqual(local);
    expect(logAddressOf('esdb://admin:changeit@127.0.0.1/?tls=false')).toStrictEqual(local);
  });

  it('is reached over TLS else, by who is named, against the certificate that is named', () => {
    const ca = join(mkdtempSync(join(tmpdir(), 'log-address-')), 'ca é.pem');
    writeFileSync(ca, 'PEM');
    const named = `esdb://ops:p%40ss@log.example:443?tls-ca_file=${encodeURIComponent(ca)}`;
    expect(logAddressOf(named)).toStrictEqual({
      origin: 'https://log.example:443',
      authorization: `Basic ${Buffer.from('ops:p@ss').toString('base64')}`,
      ca: Buffer.from('PEM'),
    });
  });

  it.each([
    'esdb://a:2113,b:2113?tls=false',
    'esdb+discover://cluster.example:2113',
    'esdb://a:2113?userCertFile=x.pem&userKeyFile=x.key',
    'esdb://a:2113?tlsCAFile=/does/not/exist.pem',
    'esdb://us%er:p@a:2113',
    'kurrentdb://a:2113',
    'esdb://[::1]:2113',
    '',
  ])('is left to the official client to find: %s', (connectionString) => {
    expect(logAddressOf(connectionString)).toBeUndefined();
  });
});
