import fc from 'fast-check';
import { storeCommands } from '../support/store-commands.js';
import { ServerBench } from './eventstore-server.builder.js';
import { ModelRun, ServerUnderModel } from './store-against-model.builder.js';

// At least 20 000 commands.
const RUNS = 500;
const COMMANDS = 80;

it('does what an obvious model does, whatever it is told in whatever order', async () => {
  const bench = new ServerBench();
  try {
    const server = await ServerUnderModel.start(bench);
    const property = fc.asyncProperty(storeCommands(COMMANDS), (commands) =>
      new ModelRun(server).run(commands),
    );
    await fc.assert(property, { numRuns: RUNS });
  } finally {
    await bench.tearDown();
  }
}, 3_600_000);
