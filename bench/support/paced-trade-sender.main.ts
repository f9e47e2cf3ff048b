import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

// A venue in a process of its own that sends so many trades a second, in a batch every millisecond. The id of a trade is
// the time of its sending in nanoseconds of the machine's monotonic clock, which other processes share.
const [perSecond = '20000', seconds = '5'] = process.argv.slice(2);
const total = Number(perSecond) * Number(seconds);
const perMs = Number(perSecond) / 1_000;
const NS_PER_MS = 1_000_000n;

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.once('listening', () => {
  process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
});
server.on('connection', (socket) => sendAll(socket));

function sendAll(socket: WebSocket): void {
  const start = process.hrtime.bigint();
  let sent = 0;
  let lastId = 0n;
  const batch = (): void => {
    const elapsedMs = Number((process.hrtime.bigint() - start) / NS_PER_MS);
    const due = Math.min(total, Math.floor(elapsedMs * perMs));
    for (; sent < due; sent += 1) {
      const now = process.hrtime.bigint();
      lastId = now > lastId ? now : lastId + 1n;
      const time = Date.now();
      const price = `80.${10 + (sent % 7)}`;
      socket.send(
        `{"stream":"ltcusdt@trade","data":{"e":"trade","E":${time},"s":"LTCUSDT","t":${lastId},"p":"${price}","q":"1.5","T":${time},"m":true,"M":true}}`,
      );
    }
    if (sent < total) setTimeout(batch, 1);
    else socket.send('{"result":null,"id":0}');
  };
  batch();
}
process.on('disconnect', () => process.exit(0));
