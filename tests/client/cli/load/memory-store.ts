// A store in memory, for tests of what is done with one: correct, unless it is told to lose writes.
import type { KeyValues } from "../../../../client/cli/cluster/key-values.ts";
import { bytesOf, Entry } from "../../../../client/entry.ts";
import { done, refused } from "../../../../core/base/outcome.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";

export type MemoryStore = KeyValues & { readonly keys: ReadonlySet<string> };

/** `loses`: whether this write, counted from 1, is answered and forgotten. */
export function memoryStore(loses: (write: number) => boolean = () => false): MemoryStore {
  const held = new Map<string, Entry>();
  let revision = 0;
  let writes = 0;
  type Answer<T> = { readonly answer: (version: number, revision: number) => T; readonly ifVersion?: number | undefined };
  const write = <T>(key: string | Uint8Array, value: Uint8Array, { answer, ifVersion }: Answer<T>): Promise<Outcome<T>> => {
    const version = held.get(String(key))?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== version) return Promise.resolve(refused("versionMismatch", "another", { version }));
    const next = new Entry({ key: bytesOf(key), value, version: version + 1, revision: ++revision });
    if (!loses(++writes)) held.set(String(key), next);
    return Promise.resolve(done(answer(next.version, next.revision)));
  };
  return {
    get keys() {
      return new Set(held.keys());
    },
    get: (key) => Promise.resolve(done(held.get(String(key)) ?? null)),
    put: (key, value, { ifVersion } = {}) =>
      write(key, Buffer.from(value), { answer: (version, revision) => ({ version, revision }), ifVersion }),
    append: (key, value) => {
      const whole = Buffer.concat([held.get(String(key))?.value ?? Buffer.alloc(0), Buffer.from(value)]);
      return write(key, whole, { answer: (version, revision) => ({ version, revision, length: whole.length }) });
    },
    delete: (key) => Promise.resolve(done({ deleted: held.delete(String(key)), revision: ++revision })),
    increment: (key, by = 1n) => {
      const value = BigInt(held.get(String(key))?.text ?? "0") + by;
      return write(key, bytesOf(String(value)), { answer: (version, revision) => ({ version, revision, value }) });
    },
    scanPage: () => Promise.resolve(refused("notFound", "not here")),
    close: () => Promise.resolve(),
  };
}
