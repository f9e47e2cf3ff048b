// Loaded into every process of an app under test: on a signal it stands still for two seconds, or takes every file handle there is.
const { closeSync, openSync } = require('node:fs');

const BLOCK_MS = 2_000;
const held = [];

process.on('SIGUSR2', () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCK_MS);
  process.stdout.write(`trouble: stood still for ${BLOCK_MS} ms\n`);
});

process.on('SIGPWR', () => {
  try {
    for (;;) held.push(openSync('/dev/null', 'r'));
  } catch (error) {
    process.stdout.write(`trouble: ${held.length} handles taken: ${error.code}\n`);
  }
});

process.on('SIGIO', () => {
  for (const handle of held.splice(0)) closeSync(handle);
  process.stdout.write('trouble: handles given back\n');
});
