const path = (...folders) => `^(${folders.join('|')})/`;
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const spec = '\\.spec\\.ts$';
const src = path('src', 'projections');
// Where parts are wired together. Each is its own plain pattern: the tool refuses nested quantifiers.
const roots = ['^src/main\\.ts$', '^src/.+\\.main\\.ts$', '^src/[^/]+\\.module\\.ts$'];

module.exports = {
  forbidden: [
    error(
      'domain-is-pure',
      'domain/ knows nothing but itself: no framework, no Node, no npm package, no other layer.',
      { path: '^src/domain/', pathNot: spec },
      { pathNot: '^src/domain/' },
    ),
    error(
      'engine-is-pure',
      'It must run in a backtest, a worker and a browser.',
      { path: '^src/engine/', pathNot: spec },
      { pathNot: path('src/engine', 'src/domain') },
    ),
    error(
      'simulation-is-pure',
      'The same venue model serves the backtest and the paper broker.',
      { path: '^src/simulation/', pathNot: spec },
      { pathNot: path('src/simulation', 'src/engine', 'src/domain') },
    ),
    error(
      'projection-is-pure',
      'A read model folds domain events. Postgres, GraphQL and Nest meet it in src/.',
      { path: '^projections/', pathNot: spec },
      { pathNot: path('projections', 'src/domain') },
    ),
    error(
      'projection-stands-alone',
      'Never build a read model from another. Share through domain/.',
      { path: '^projections/([^/]+)/' },
      { path: '^projections/[^/]+/', pathNot: '^projections/$1/' },
    ),
    error(
      'aggregate-stands-alone',
      'Aggregates meet in engine/ and application/, through ids and events. A plan is a value: entries carry it along.',
      { path: '^src/domain/(?!kernel/)([^/]+)/', pathNot: spec },
      { path: '^src/domain/', pathNot: ['^src/domain/(kernel|$1)/', '^src/domain/stop/stop-plan'] },
    ),
    error(
      'application-needs-no-driver',
      'application/ talks to the world through its own ports.',
      { path: '^src/application/', pathNot: spec },
      { pathNot: path('src/application', 'src/engine', 'src/domain') },
    ),
    error(
      'codec-knows-facts-only',
      'Bytes to facts and back. Who reads or writes them is not its business.',
      { path: '^src/codecs/', pathNot: spec },
      { path: src, pathNot: path('src/codecs', 'src/domain') },
    ),
    error(
      'adapters-do-not-meet',
      'Two adapters are joined at the root, never in each other.',
      { path: '^src/adapters/([^/]+)/' },
      { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    ),
    error(
      'adapter-is-an-edge',
      'Only a composition root and tests may import an adapter.',
      { pathNot: [...roots, '^src/adapters/', '^test/', '^bench/', spec] },
      { path: '^src/adapters/' },
    ),
    error(
      'adapter-knows-ports-only',
      'An adapter serves a port: it knows neither the API nor how processes are started or configured.',
      { path: '^src/adapters/', pathNot: spec },
      {
        path: src,
        pathNot: path(
          'src/adapters',
          'src/application',
          'src/codecs',
          'src/simulation',
          'src/engine',
          'src/domain',
          'src/durable-files',
          'src/eventstore-server/protocol',
          'projections',
        ),
      },
    ),
    error(
      'protocol-is-of-the-log',
      'The messages of the event store are the same at both ends; no other edge speaks them.',
      { path: '^src/adapters/', pathNot: '^src/adapters/eventstoredb/' },
      { path: '^src/eventstore-server/' },
    ),
    error(
      'api-needs-no-driver',
      'The API asks ports. Which log, database or engine process answers is not its business.',
      { path: '^src/api/', pathNot: [spec, '\\.main\\.ts$'] },
      {
        path: src,
        pathNot: path('src/api', 'src/application', 'src/engine', 'src/domain', 'projections'),
      },
    ),
    error(
      'files-know-bytes-only',
      'How a file stays whole on a disk that fills up or loses power; what is in it is its owner’s business.',
      { path: '^src/durable-files/', pathNot: spec },
      { path: src, pathNot: '^src/durable-files/' },
    ),
    error(
      'server-stands-alone',
      'The embedded store keeps bytes and knows nothing of trading.',
      { path: '^src/eventstore-server/', pathNot: spec },
      { path: src, pathNot: '^src/eventstore-server/' },
    ),
    error(
      'postgres-stands-alone',
      'The launcher starts a database and knows nothing of what is kept in it.',
      { path: '^src/embedded-postgres/', pathNot: spec },
      { path: src, pathNot: '^src/embedded-postgres/' },
    ),
    error(
      'venue-stands-alone',
      'The recorded venue is the outside world: it may read recordings and nothing else of ours.',
      { path: '^src/tape-venue/', pathNot: spec },
      { path: src, pathNot: path('src/tape-venue', 'src/market-data', 'src/durable-files') },
    ),
    error(
      'venue-knows-no-rules',
      'Nor may a recording lead it to the rules that it puts to the test.',
      { path: '^src/tape-venue/', pathNot: spec },
      { path: path('src/engine', 'src/domain'), reachable: true },
    ),
    error(
      'market-data-knows-rules-only',
      'Recordings, and what the engine makes of them: no driver, no process, no configuration.',
      { path: '^src/market-data/', pathNot: spec },
      { path: src, pathNot: path('src/market-data', 'src/engine', 'src/simulation', 'src/domain') },
    ),
    error(
      'sweep-is-only-threads',
      'What a sweep comes to is decided in simulation/; the room deals cases out and collects outcomes.',
      { path: '^src/sweep/', pathNot: spec },
      { path: src, pathNot: path('src/sweep', 'src/simulation', 'src/engine', 'src/domain') },
    ),
    error(
      'config-stands-alone',
      'Configuration is read by everybody at the root and reads nobody.',
      { path: '^src/config/', pathNot: spec },
      { path: src, pathNot: '^src/config/' },
    ),
    error(
      'launch-starts-processes',
      'It starts programs by their path and hands configuration over; it shares no code with them.',
      { path: '^src/launch/', pathNot: spec },
      { path: src, pathNot: path('src/launch', 'src/config') },
    ),
    error(
      'root-is-not-imported',
      'A composition root wires others; only another root or a test may load it.',
      { pathNot: [...roots, '^test/', '^bench/', spec] },
      { path: roots },
    ),
    error(
      'cli-is-a-door',
      'Commands call use cases; nothing calls a command.',
      { pathNot: ['^src/cli/', '^test/', '^bench/'] },
      { path: '^src/cli/' },
    ),
    error('no-cycle', 'A cycle is one module pretending to be two.', {}, { circular: true }),
    error(
      'no-orphan',
      'A file nobody imports is dead: delete it.',
      { orphan: true, pathNot: ['\\.d\\.ts$', spec, '\\.(contract|bench|main)\\.ts$'] },
      {},
    ),
    error(
      'src-does-not-know-tests',
      'Shipped code never imports a test, a bench or a fixture.',
      { path: src, pathNot: spec },
      { path: [path('test', 'bench'), spec] },
    ),
    error(
      'unreachable-from-main',
      'Reachable from a composition root or deleted.',
      { path: ['^src/main\\.ts$', '^src/.+\\.main\\.ts$'] },
      {
        path: src,
        pathNot: [spec, '\\.d\\.ts$', '\\.main\\.ts$', '^src/main\\.ts$'],
        reachable: false,
      },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
