// Requests that wait for a shard to be served again: one of them goes on trying, the others wait for how it ends. So a shard
// that moves costs a few questions, however many wait for it.

export class ShardHold {
  readonly #first = new Map<number, { readonly by: object; readonly ended: Promise<void>; readonly end: () => void }>();

  /** Null: the caller is the one that goes on trying, until `end`. */
  wait(shard: number, by: object): Promise<void> | null {
    const first = this.#first.get(shard);
    if (first !== undefined) return first.by === by ? null : first.ended;
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.#first.set(shard, { by, ended, end });
    return null;
  }

  /** Whatever it waited for has come, or it gave up. */
  end(shard: number, by: object): void {
    const first = this.#first.get(shard);
    if (first?.by !== by) return;
    this.#first.delete(shard);
    first.end();
  }
}
