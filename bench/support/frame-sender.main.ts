import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

// A venue in a process of its own: quiet prints at a rate, and now and then one that reaches exactly one more stop.
const [rate = 1000, seconds = 1, triggersPerSecond = 50] = process.argv.slice(2).map(Number);

const FIRST_LEVEL_UNITS = 8000;
// The quiet prints sink with the levels, so that no trigger is a jump that the quality gate would hold back.
const QUIET_ABOVE_UNITS = 20;
const BURST_EVERY_MS = 5;

let id = 0;
let triggers = 0;

function frame(units: number): string {
  id += 1;
  const now = Date.now();
  const price = (units / 100).toFixed(2);
  return `{"stream":"ltcusdt@trade","data":{"e":"trade","E":${now},"s":"LTCUSDT","t":${id},"p":"${price}","q":"0.107","T":${now},"m":true,"M":true}}`;
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.once('listening', () => {
  process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
});
server.on('connection', (socket) => {
  process.once('message', () => {
    const startMs = performance.now();
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs > seconds * 1000) {
        clearInterval(timer);
        process.send?.({ type: 'done', sent: id, triggers });
        return;
      }
      while (id < (elapsedMs * rate) / 1000) {
        const isTrigger = triggers < (elapsedMs * triggersPerSecond) / 1000;
        if (isTrigger) triggers += 1;
        const level = FIRST_LEVEL_UNITS - triggers;
        socket.send(frame(isTrigger ? level : level + QUIET_ABOVE_UNITS + (id % 3)));
      }
    }, BURST_EVERY_MS);
  });
});
process.on('disconnect', () => process.exit(0));
