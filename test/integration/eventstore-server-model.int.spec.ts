import fc from 'fast-check';
import { storeCommands } from '../support/store-commands.js';
import { ServerBench } from './eventstore-server.builder.js';
import { ModelRun, ServerUnderModel } from './store-against-model.builder.js';

const RUNS = 6;
const COMMANDS = 80;

it('does what an obvious model does, whatever it is told in whatever order', async () => {
  const bench = new ServerBench();
  try {
    const server = await ServerUnderModel.start(bench);
    const property = fc.asyncProperty(storeCommands(COMMANDS), (commands) =>
      new ModelRun(server).run(commands),
    );
    await fc.assert(property, { numRuns: RUNS, interruptAfterTimeLimit: 100_000 });
  } finally {
    await bench.tearDown();
  }
});
