import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';

// A venue in a process of its own that sends the frames of a capture as fast as they are taken, dealt to its connections.
const [file = '', connections = '1', rounds = '1'] = process.argv.slice(2);
const UNSENT_BYTES_MAX = 1024 * 1024;

const frames = gunzipSync(readFileSync(file))
  .toString('utf8')
  .split('\n')
  .map((line) => line.slice(line.indexOf(' ') + 1))
  .filter((frame) => frame.startsWith('{"stream"'));
const count = Number(connections);
const total = frames.length * Number(rounds);
const sockets: WebSocket[] = [];

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.once('listening', () => {
  process.send?.({ type: 'ready', port: (server.address() as AddressInfo).port });
});
server.on('connection', (socket) => {
  sockets.push(socket);
  if (sockets.length === count) sendFrom(0);
});

function sendFrom(start: number): void {
  for (let at = start; at < total; at += 1) {
    const socket = sockets[at % count];
    socket?.send(frames[at % frames.length] ?? '');
    if ((socket?.bufferedAmount ?? 0) > UNSENT_BYTES_MAX) {
      setTimeout(() => sendFrom(at + 1), 1);
      return;
    }
  }
  for (const socket of sockets) socket.send('{"result":null,"id":0}');
}
process.on('disconnect', () => process.exit(0));
