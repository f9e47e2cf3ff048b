import type { AlarmPost } from '../ports/alarm.port.js';
import type { FeedTime } from '../ports/stream-transport.port.js';

export interface HeartbeatOptions {
  readonly post: AlarmPost;
  readonly time: Pick<FeedTime, 'clock' | 'schedule'>;
  readonly everyMs: number;
  readonly idStem: string;
  /** What a beat tells of the engine. */
  readonly state: () => Readonly<Record<string, unknown>>;
  /** Told when beats begin not to arrive, with the reason, and with undefined once one did again. */
  readonly onTrouble: (reason: string | undefined) => void;
}

const MISSED_BEFORE_TROUBLE = 3;

/**
 * Tells an address outside, again and again, that the engine lives. It is the silence that is the alarm: whoever watches
 * misses the beats of an engine, a machine or a network that is dead. A beat that fails is not sent again; the next follows.
 */
export class Heartbeat {
  private beats = 0;
  private missed = 0;
  private isClosed = false;
  private cancel: () => void = () => undefined;

  constructor(private readonly options: HeartbeatOptions) {
    void this.beat();
  }

  close(): void {
    this.isClosed = true;
    this.cancel();
  }

  private async beat(): Promise<void> {
    const { post, time, everyMs, idStem, state, onTrouble } = this.options;
    this.cancel = time.schedule(everyMs, () => void this.beat());
    this.beats += 1;
    const beat = this.beats;
    const body = { type: 'heartbeat', beat, everyMs, at: isoTime(time.clock()), ...state() };
    const outcome = await post.post({ id: `${idStem}-beat-${beat}`, body });
    if (this.isClosed) return;
    if (outcome.kind === 'delivered') {
      if (this.missed >= MISSED_BEFORE_TROUBLE) onTrouble(undefined);
      this.missed = 0;
      return;
    }
    this.missed += 1;
    if (this.missed === MISSED_BEFORE_TROUBLE) onTrouble(outcome.reason);
  }
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
