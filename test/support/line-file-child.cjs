// Writes lines to a file until the limit of its process refuses: first those that are not urgent, then those that are.
const { join } = require('node:path');

const { LineFile } = require(join(__dirname, '../../dist/src/durable-files/line-file.js'));
const { file } = LineFile.open(process.argv[2]);
const text = 'x'.repeat(9_900);

function writeAll(isUrgent) {
  for (let at = 0; ; at += 1) {
    try {
      file.append({ at, isUrgent, text }, isUrgent);
    } catch (error) {
      return { taken: at, code: error.code };
    }
  }
}

process.stdout.write(JSON.stringify([writeAll(false), writeAll(true)]));
file.close();
