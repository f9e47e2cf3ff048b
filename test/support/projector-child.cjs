// The built projector in a process of its own, over a recorded log: argv holds the database, the log and the size of a batch.
require('reflect-metadata');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { gunzipSync } = require('node:zlib');

const DIST = join(__dirname, '../../dist');
const { READ_MODELS } = require(join(DIST, 'projections/catalogue.js'));
const { readSideDataSource } = require(join(DIST, 'src/adapters/postgres/data-source.js'));
const { Projector } = require(join(DIST, 'src/adapters/postgres/projector.js'));
const { decodeFact } = require(join(DIST, 'src/codecs/fact.codec.js'));

const [databaseUrl, path, batchSize] = process.argv.slice(2);
const facts = gunzipSync(readFileSync(path))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const { type, data, metadata, id: eventId, created: recordedAt, ...at } = JSON.parse(line);
    const event = decodeFact(type, metadata.version, data).fact;
    return { ...at, event, eventId, recordedAt, metadata, position: BigInt(at.position) };
  });

const feed = {
  newestPosition: () => Promise.resolve(facts.at(-1).position),
  readStream: (streamId) => Promise.resolve(facts.filter((fact) => fact.streamId === streamId)),
  subscribe(after, handler) {
    let isOpen = true;
    const deliver = async () => {
      let next = after === 'start' ? 0 : facts.findIndex(({ position }) => position > after);
      while (isOpen && next >= 0 && next < facts.length) {
        const batch = facts.slice(next, next + Number(batchSize));
        next += batch.length;
        const caughtUp = next >= facts.length;
        await handler({ facts: batch, position: batch.at(-1).position, caughtUp }, []);
        process.send({ caughtUp });
      }
      if (next < 0) process.send({ caughtUp: true });
    };
    const running = deliver().catch(() => undefined);
    return { close: () => ((isOpen = false), running) };
  },
};

async function main() {
  const dataSource = readSideDataSource(databaseUrl);
  await dataSource.initialize();
  const rootDir = join(__dirname, '../..');
  // Small enough that rows wait, are written and are forgotten while somebody is killed.
  const limits = { factsMax: 2 * Number(batchSize), waitMsMax: 1_000, keptLengthMax: 10_000 };
  await new Projector({ dataSource, feed, projections: READ_MODELS, rootDir, limits }).start();
}

// The database is away because the test has killed it: the test starts this process again.
main().catch(() => process.exit(1));
process.on('disconnect', () => process.exit(0));
