// A venue in a thread of its own that sends prints as fast as they are taken: price 80 ± 0.05, the last one at 79.90.
const { parentPort, workerData } = require('node:worker_threads');
const { WebSocketServer } = require('ws');

const { frames, startMs } = workerData;
const AT_ONCE = 500;
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.once('listening', () => parentPort.postMessage(server.address().port));
// Frames are put together here: `send` takes longer for each than whoever reads it.
server.on('connection', (client) => sendFrom(client._socket, 1));

function frameOf(id) {
  const price = id === frames ? '79.90' : `${id % 2 === 0 ? '80.0' : '79.9'}${5 + (id % 5)}`;
  const time = startMs + Math.floor(id / 200);
  const text = `{"stream":"ltcusdt@trade","data":{"e":"trade","E":${time},"s":"LTCUSDT","t":${id},"p":"${price}","q":"1.5","T":${time},"m":true,"M":true}}`;
  return String.fromCharCode(0x81, 126, text.length >> 8, text.length & 0xff) + text;
}

function sendFrom(socket, first) {
  let id = first;
  let goesOn = true;
  while (goesOn && id <= frames) {
    let bytes = '';
    for (const end = Math.min(id + AT_ONCE, frames + 1); id < end; id += 1) bytes += frameOf(id);
    goesOn = socket.write(bytes, 'latin1');
  }
  if (id <= frames) socket.once('drain', () => sendFrom(socket, id));
}
