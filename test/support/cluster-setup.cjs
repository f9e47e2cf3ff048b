const { chmodSync, mkdtempSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** A folder for the clusters that the workers of this run copy; the servers' own user may pass. */
module.exports = () => {
  process.env.TEST_CLUSTERS = mkdtempSync(join(tmpdir(), 'stopledger-clusters-'));
  chmodSync(process.env.TEST_CLUSTERS, 0o755);
};
