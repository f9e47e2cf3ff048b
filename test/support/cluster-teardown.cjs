const { rmSync } = require('node:fs');

module.exports = () => {
  const folder = process.env.TEST_CLUSTERS;
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
};
