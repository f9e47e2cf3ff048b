/** Tells trouble once when it begins, and that it is over once it is. */
export class TroubleNote {
  private hasTrouble = false;

  constructor(private readonly onTrouble: ((reason: string | undefined) => void) | undefined) {}

  tell(reason: string | undefined): void {
    const has = reason !== undefined;
    if (has === this.hasTrouble) return;
    this.hasTrouble = has;
    this.onTrouble?.(reason);
  }
}
