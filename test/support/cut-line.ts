import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** `out`: nothing gets through from who connects; `back`: nothing of the answers. */
export type CutHalf = 'both' | 'out' | 'back';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/**
 * A line to a port of this machine that can be cut as a network is: packets stop, sockets stay open and nobody is told.
 * Once it is mended it delivers what was on its way, as TCP does.
 */
export class CutLine {
  private readonly pairs = new Set<Pair>();
  private cutHalf: CutHalf | undefined;
  private lastText: string | undefined;
  /** Bytes of answers that got through. */
  answered = 0;

  private constructor(
    private readonly server: Server,
    private readonly toPort: number,
  ) {
    server.on('connection', (near) => this.join(near));
  }

  static async open(toPort: number): Promise<CutLine> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutLine(server, toPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Cuts the way out before what holds this text gets through. */
  cutBefore(text: string): void {
    this.lastText = text;
  }

  get isCut(): boolean {
    return this.cutHalf !== undefined;
  }

  cut(half: CutHalf): void {
    this.cutHalf = half;
    for (const pair of this.pairs) this.apply(pair);
  }

  mend(): void {
    this.cutHalf = undefined;
    for (const pair of this.pairs) this.apply(pair);
  }

  async close(): Promise<void> {
    for (const { near, far } of this.pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket): void {
    const far = connect(this.toPort, '127.0.0.1');
    const pair = { near, far };
    this.pairs.add(pair);
    near.on('data', (chunk: Buffer) => {
      if (this.lastText === undefined || !chunk.includes(this.lastText)) {
        far.write(chunk);
        return;
      }
      this.lastText = undefined;
      this.cut('out');
      near.unshift(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      this.answered += chunk.length;
      near.write(chunk);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        this.pairs.delete(pair);
      });
    }
    this.apply(pair);
  }

  private apply({ near, far }: Pair): void {
    stopIf(near, this.cutHalf === 'both' || this.cutHalf === 'out');
    stopIf(far, this.cutHalf === 'both' || this.cutHalf === 'back');
  }
}

function stopIf(socket: Socket, isCut: boolean): void {
  if (isCut) socket.pause();
  else socket.resume();
}
