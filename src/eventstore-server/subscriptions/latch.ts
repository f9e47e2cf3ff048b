/** Remembers that something happened until somebody waited for it. One waiter at a time. */
export class Latch {
  private isSet = false;
  private waiter: (() => void) | undefined;

  set(): void {
    this.isSet = true;
    const { waiter } = this;
    this.waiter = undefined;
    waiter?.();
  }

  async wait(): Promise<void> {
    if (!this.isSet) await new Promise<void>((resolve) => (this.waiter = resolve));
    this.isSet = false;
  }
}
