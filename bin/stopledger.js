#!/usr/bin/env node
'use strict';
// The command line of a clone: builds once when nobody has built yet, then hands over to the compiled program.
const { existsSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

// What is compiled for production leaves checks of types out that cost a query a tenth of its time; its children inherit it.
process.env.NODE_ENV ??= 'production';
const root = join(__dirname, '..');
const main = join(root, 'dist', 'src', 'cli', 'stopledger.main.js');
if (!existsSync(main)) {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
require(main);
