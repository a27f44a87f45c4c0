// What can be asked about many keys at once: of this member's group, or of all groups. Each shard is seen at its own moment, and
// linearizably there. Null, wherever it comes: not all of it could be read.

/** Where a walk through the keys goes on; whoever gave it knows what it means. */
export type KeyPosition = { readonly shard: number; readonly after: Uint8Array | null };

export type KeysPage = { readonly keys: readonly Uint8Array[]; readonly next: KeyPosition | null };

export type KeySpace = {
  /** About so many; perhaps none, although more follow. A position of null is the beginning. */
  keysAfter(position: KeyPosition | null, limit: number): Promise<KeysPage | null>;
  keysOfShard(position: KeyPosition, limit: number): Promise<KeysPage | null>;
  count(): Promise<number | null>;
  /** Some shards that may have keys, in an order that nobody can tell. */
  shuffledShards(): Promise<readonly number[] | null>;
};
