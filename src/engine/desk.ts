import type { Fact } from '../domain/facts.js';
import type { Stamp } from '../domain/kernel/event.js';
import type { InputRef, UnixMs } from '../domain/kernel/units.js';
import type { Decision } from './decisions.js';
import { Registry } from './registry.js';

const NONE: readonly Decision[] = [];

/** Who is behind an input; the ids are those of a command. */
export interface CommandOrigin {
  readonly actor: string;
  readonly commandId?: string;
  readonly requestHash?: string;
}

/**
 * Where decisions of the input in hand are written down: each is applied to the registry at once, so that later rules
 * of the same input see it, and numbered, so that its event id depends on the input alone.
 */
export class Desk {
  readonly registry = new Registry();
  private decisions: Decision[] = [];
  private taken = 0;
  private ref: InputRef = { partition: '', epoch: 0, seq: -1 };
  private now: UnixMs = 0;
  private command: { commandId?: string; requestHash?: string } = {};
  private actor = 'engine';

  constructor(readonly rules: string) {}

  get at(): UnixMs {
    return this.now;
  }

  get input(): InputRef {
    return this.ref;
  }

  begin(ref: InputRef, at: UnixMs, by: CommandOrigin): void {
    this.ref = ref;
    this.now = at;
    if (this.decisions.length > 0) this.decisions = [];
    this.taken = 0;
    this.beginCommand(by);
  }

  /** What follows is on behalf of whoever sent the command. */
  beginCommand({ actor, ...command }: CommandOrigin): void {
    this.command = command;
    this.actor = actor;
  }

  /** What follows is the engine's own work, not the command's: moves of other stops that fell due. */
  endCommand(): void {
    this.command = {};
    this.actor = 'engine';
  }

  /** What the input in hand has decided and nobody has taken yet. */
  get decided(): readonly Decision[] {
    return this.taken === this.decisions.length ? NONE : this.decisions.slice(this.taken);
  }

  take(): readonly Decision[] {
    const { decided } = this;
    this.taken = this.decisions.length;
    return decided;
  }

  /** Writes a fact down. `after` is the index of the decision that must be durable first. Returns its own index. */
  decide(streamId: string, fact: Fact, after?: number): number {
    const expectedRevision = this.registry.revisionOf(streamId);
    const index = this.decisions.length;
    this.registry.apply(streamId, fact, expectedRevision + 1);
    this.decisions.push({
      streamId,
      fact,
      expectedRevision,
      input: this.ref,
      index,
      actor: this.actor,
      ...(after !== undefined && { after }),
      ...this.command,
    });
    return index;
  }

  /** The stamp of an event of this input about an aggregate that was stamped before. */
  stamp(of: Stamp): Stamp {
    return { ...of, rules: this.rules, input: this.ref, at: this.now };
  }
}
