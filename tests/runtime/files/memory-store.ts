// The store as inputs and outputs use it, in memory: transactions of one slot, pages in byte order. It can be told to do something first.
import { done, refused } from "../../../core/base/outcome.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { slotOf } from "../../../core/shards/slots.ts";
import type { Bytes, KeyValueStore, StoredComparison, StoredEntry, StoredOperation } from "../../../runtime/files/store/key-values.ts";

type Value = { readonly value: Uint8Array; readonly version: number; readonly revision: number };

const textOf = (key: Bytes): string => Buffer.from(key as string).toString("latin1");
const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

type Operation = StoredOperation & { readonly ifRevision?: number };

class MemoryEntry implements StoredEntry {
  readonly key: Buffer;
  readonly value: Uint8Array;
  readonly version: number;
  readonly revision: number;

  constructor(key: Buffer, { value, version, revision }: Value) {
    [this.key, this.value, this.version, this.revision] = [key, value, version, revision];
  }

  get keyText(): string {
    return this.key.toString();
  }

  get text(): string {
    return Buffer.from(this.value).toString();
  }
}

const incremented = (there: Value | undefined, by: bigint): Buffer =>
  Buffer.from(String(BigInt(there === undefined ? 0 : Buffer.from(there.value).toString()) + by));

export class MemoryStore implements KeyValueStore {
  readonly #values = new Map<string, Value>();
  #revision = 0;
  pageMax = 3;
  /** Entries that pages have had. */
  scanned = 0;
  /** Called before each write, with its keys. */
  beforeWrite: (keys: readonly string[]) => Promise<void> | void = () => undefined;

  keys(prefix = ""): readonly string[] {
    return [...this.#values.keys()]
      .map((key) => bytesOf(key).toString())
      .filter((key) => key.startsWith(prefix))
      .sort();
  }

  async get(key: Bytes): Promise<Outcome<StoredEntry | null>> {
    return Promise.resolve(done(this.#entry(textOf(key))));
  }

  async scanPage(
    prefix: Bytes,
    { after, limit }: { readonly after: string | null; readonly limit: number },
  ): Promise<Outcome<{ readonly entries: readonly StoredEntry[]; readonly next: string | null }>> {
    const from = after === null ? "" : Buffer.from(after, "base64url").toString("latin1");
    const keys = [...this.#values.keys()].filter((key) => key.startsWith(textOf(prefix)) && (after === null || key > from)).sort();
    const shown = keys.slice(0, Math.min(limit, this.pageMax));
    this.scanned += shown.length;
    const last = shown.at(-1);
    const next = last === undefined || shown.length === keys.length ? null : bytesOf(last).toString("base64url");
    return Promise.resolve(done({ entries: shown.flatMap((key) => this.#entry(key) ?? []), next }));
  }

  async batch(operations: readonly Operation[]): Promise<readonly Outcome<unknown>[]> {
    await this.beforeWrite(operations.map(({ key }) => Buffer.from(key as string).toString()));
    return operations.map((operation) => {
      const there = this.#values.get(textOf(operation.key));
      if (operation.op === "put" && operation.ifVersion === 0 && there !== undefined) return refused("versionMismatch", "there is one");
      const { ifRevision } = operation;
      if (ifRevision !== undefined && there?.revision !== ifRevision) return refused("versionMismatch", "another revision");
      this.#apply(operation);
      return done({});
    });
  }

  async txn({
    compare,
    then,
  }: {
    readonly compare: readonly StoredComparison[];
    readonly then: readonly Operation[];
  }): Promise<Outcome<{ readonly succeeded: boolean; readonly results: readonly unknown[] }>> {
    const keys = [...compare, ...then].map(({ key }) => Buffer.from(key as string));
    await this.beforeWrite(keys.map((key) => key.toString()));
    if (new Set(keys.map((key) => slotOf(key))).size > 1) return refused("crossSlot", "several slots");
    const succeeded = compare.every((each) => {
      const there = this.#values.get(textOf(each.key));
      if ("revision" in each) return there?.revision === each.revision;
      if ("version" in each) return (there?.version ?? 0) === each.version;
      return there !== undefined && Buffer.compare(there.value, Buffer.from(each.value as string)) === 0;
    });
    const results = succeeded ? then.map((each) => this.#apply(each)) : [];
    return done({ succeeded, results });
  }

  async delete(key: Bytes, { ifRevision }: { readonly ifRevision?: number }): Promise<Outcome<unknown>> {
    await this.beforeWrite([Buffer.from(key as string).toString()]);
    if (ifRevision !== undefined && this.#entry(textOf(key))?.revision !== ifRevision)
      return refused("versionMismatch", "another revision");
    this.#values.delete(textOf(key));
    return done({});
  }

  #apply(operation: Operation): unknown {
    const key = textOf(operation.key);
    const there = this.#values.get(key);
    if (operation.op === "delete") this.#values.delete(key);
    if (operation.op !== "put" && operation.op !== "increment") return {};
    const value = operation.op === "put" ? Buffer.from(operation.value as string) : incremented(there, operation.by);
    this.#values.set(key, { value, version: (there?.version ?? 0) + 1, revision: ++this.#revision });
    return { value: operation.op === "increment" ? BigInt(value.toString()) : null };
  }

  #entry(key: string): StoredEntry | null {
    const value = this.#values.get(key);
    return value === undefined ? null : new MemoryEntry(bytesOf(key), value);
  }
}
