import { bench, buildBenches } from '../support/bench-run.js';

beforeAll(buildBenches, 300_000);

// Each starts event store, PostgreSQL and read side anew: too long for every run of the tests.
it.each([
  // 200 trades of twelve events, with an instrument and an account; 22 rows of each trade and what they have in common.
  [
    'rebuild',
    /^2402 events, 15 read models from one reading.*\nbare read loop +\d+ and \d+ events a second\nrebuild +\d+ .*(.*\n){2}ratio +0\.\d+ to [01]\.\d+ .*\nopen_stops alone.*\nCOPY of the same rows +4\d{3} rows/,
  ],
  ['live-row', /^durable → row visible +n [1-9]\d{3} /],
  // Ten subscribers hear every decision of the three seconds.
  ['live-subscribers', /10 subscribers, 20 decisions a second, heard (\d+) of \1,/],
  // Two rounds of twenty prints a second for two seconds, each of which fires a stop.
  [
    'api-load',
    /^\d+ requests a second \(100 asked\), 0 failed, 5 subscribers.*\nprint → trigger, quiet +n 40 .*\nprint → trigger, loaded +n 40 .*\nratio p50 .*\n(REST, .* n [1-9]\d* .*\n|GraphQL, .* n [1-9]\d* .*\n){4}trigger → subscriber +n [1-9]\d* /,
  ],
  [
    'open-stops-list',
    /^1000 armed stops.*\n(REST x\d +n 300 .*\n){2}(GraphQL x\d +n 300 .*\n){2}(.* written +n 300 .*\n){4}moves written \d+ a second/,
  ],
])(
  '%s runs, and says what it measured',
  async (name, report) => {
    expect(await bench(name)).toMatch(report);
  },
  600_000,
);
