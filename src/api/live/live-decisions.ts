import type {
  DecisionReader,
  DecisionStream,
  LoggedDecision,
  Unreadable,
} from '../../application/decision-stream.js';
import type { Grant } from '../../application/ports/access.port.js';
import { asCaller } from '../access/caller.js';
import { logAway } from '../problem.js';
import { problemOf } from '../problem-answers.js';
import { decisionView, maySee, ownerOf } from './decision-view.js';
import type { LiveReader } from './live-reader.js';
import type { FollowRequest } from './live.messages.js';
import type { OpenStates } from './open-states.js';

export interface DecisionSources {
  readonly decisions: DecisionStream;
  readonly states: OpenStates;
}

/**
 * One connection that follows decisions.
 *
 *     following ──reader behind──► waits for it ──► following, or, when too much was missed, a snapshot first
 *
 * Nothing is read for a reader that has not taken what it was sent, so that what waits for it stays small.
 */
export class LiveDecisions {
  private reading: DecisionReader | undefined;
  private after = '-1';
  private turn = 0;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly sources: DecisionSources,
    private readonly reader: LiveReader,
    /** What the caller may see now: it may change while they follow. */
    private readonly grant: () => Grant,
  ) {}

  /** Follows until it is told to stop. Of requests that come meanwhile the newest counts. Never rejects. */
  async follow(request: FollowRequest): Promise<void> {
    this.stop();
    const { turn, ended } = this;
    await ended;
    if (turn !== this.turn) return;
    this.ended = this.run(request, turn);
    await this.ended;
  }

  stop(): void {
    this.turn += 1;
    void this.reading?.return();
    this.reading = undefined;
  }

  private async run({ after, accountIds }: FollowRequest, turn: number): Promise<void> {
    const wanted = accountIds && new Set(accountIds);
    const sees = (item: LoggedDecision | Unreadable) =>
      maySee(this.grant(), item) && (!wanted || isOf(wanted, item));
    let reading: DecisionReader | undefined;
    try {
      const known = after === undefined ? undefined : BigInt(after);
      reading = await this.sources.decisions.read({ after: known, sees }).catch(logAway);
      if (turn !== this.turn) return;
      this.reading = reading;
      this.after = after ?? '-1';
      await this.tellAll(reading, accountIds);
    } catch (error) {
      const { code, field, rule, value } = problemOf(error).document();
      this.reader.say({ type: 'refused', code, field, rule, value });
    } finally {
      if (reading === this.reading) this.reading = undefined;
      await reading?.return();
    }
  }

  private async tellAll(reading: DecisionReader, accountIds?: readonly string[]): Promise<void> {
    for await (const item of reading) {
      if (item.kind === 'gap') await this.tellState(item.position, accountIds);
      else this.tell(item);
      while (this.reader.isBehind && reading === this.reading) await this.reader.taken();
    }
  }

  private async tellState(position: bigint, accountIds?: readonly string[]): Promise<void> {
    const state = await asCaller(this.grant(), () => this.sources.states.at(position, accountIds));
    this.after = position.toString();
    state.text ??= JSON.stringify(state).slice(1);
    this.reader.sayText('state', `"position":"${this.after}",${state.text}`);
  }

  private tell(item: LoggedDecision | Unreadable): void {
    const position = item.position.toString();
    if (item.kind === 'decision') {
      item.text ??= JSON.stringify(decisionView(item)).slice(1);
      this.reader.sayText('decision', `"after":"${this.after}",${item.text}`);
    } else {
      const { streamId, revision, type, reason } = item.record;
      const what = { position, streamId, revision, eventType: type, reason };
      this.reader.say({ type: 'unreadable', after: this.after, ...what });
    }
    this.after = position;
  }
}

function isOf(accounts: ReadonlySet<string>, item: LoggedDecision | Unreadable): boolean {
  if (item.kind === 'unreadable') return true;
  const owner = ownerOf(item.recorded.event.data);
  return owner !== null && accounts.has(owner);
}
