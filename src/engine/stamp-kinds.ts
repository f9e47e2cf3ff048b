import type { Stamp } from '../domain/kernel/event.js';
import { Interned } from './interned.js';
import type { InternedEntry } from './interned.js';

/** What the stamps of many aggregates have in common. */
export type StampKind = Omit<Stamp, 'positionId' | 'input' | 'at'> & { readonly partition: string };

/** Does not compile when `Fields` names a field that is not among those held: it would be lost. */
export type HoldsAll<Held, Fields extends Held> = Fields;

export type StampsAreHeld = HoldsAll<
  keyof StampKind | 'positionId' | 'input' | 'at',
  keyof Stamp | 'partition'
>;

/** The parts of a stamp that are an aggregate's own. */
export interface StampPlace {
  readonly positionId: string;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
}

/** Stamps without what is an aggregate's own: there are few of them, whatever the number of stops. */
export class StampKinds {
  private readonly kinds = new Interned<StampKind>();
  private newest: { readonly kind: StampKind; readonly number: number } | undefined;

  numberOf(stamp: Stamp): number {
    // One stamp mostly follows another of its kind: the text of a key costs more than all the rest.
    if (this.newest && isOf(stamp, this.newest.kind)) return this.newest.number;
    const number = this.internedAs(stamp);
    this.newest = { kind: this.kinds.at(number), number };
    return number;
  }

  private internedAs({ accountId, instrumentId, instrumentVersion, ...more }: Stamp): number {
    const { mode, rules, input } = more;
    const { partition } = input;
    const key = [accountId, instrumentId, instrumentVersion, mode, rules, partition].join('\n');
    return this.kinds.numberOf(key, () => ({
      ...{ accountId, instrumentId, instrumentVersion, mode, rules, partition },
    }));
  }

  get entries(): readonly InternedEntry<StampKind>[] {
    return this.kinds.entries;
  }

  load(entries: readonly InternedEntry<StampKind>[]): void {
    this.kinds.load(entries);
  }

  kindAt(kind: number): StampKind {
    return this.kinds.at(kind);
  }

  partitionOf(kind: number): string {
    return this.kinds.at(kind).partition;
  }

  /** Written out: spreads would be a third of the time in which a start makes 100,000 stops ready. */
  stamp(number: number, { positionId, epoch, seq, at }: StampPlace): Stamp {
    const kind = this.kinds.at(number);
    return {
      accountId: kind.accountId,
      instrumentId: kind.instrumentId,
      instrumentVersion: kind.instrumentVersion,
      positionId,
      mode: kind.mode,
      rules: kind.rules,
      input: { partition: kind.partition, epoch, seq },
      at,
    };
  }
}

function isOf(stamp: Stamp, kind: StampKind): boolean {
  return (
    stamp.instrumentId === kind.instrumentId &&
    stamp.accountId === kind.accountId &&
    stamp.instrumentVersion === kind.instrumentVersion &&
    stamp.mode === kind.mode &&
    stamp.rules === kind.rules &&
    stamp.input.partition === kind.partition
  );
}
