// Writes the keys of a backup into a store. It is read twice: nothing is written before it is known to be whole. A key in the store says how
// far it is, so that whoever was ended in the middle goes on there when it is called again.
import { compareBytes } from "../../../core/base/bytes.ts";
import type { KvClient } from "../../kv-client.ts";
import type { PutOperation } from "../../operations.ts";
import { op } from "../../operations.ts";
import { valueOf } from "../cluster/key-values.ts";
import { fieldsOf, parseJson, textOf } from "../json.ts";
import { count, counted } from "../terminal.ts";
import { Trouble } from "../trouble.ts";
import type { BackupRecord } from "./backup-lines.ts";
import type { BackupFacts, BackupSource } from "./backup-reading.ts";
import { readBackup } from "./backup-reading.ts";
import { isOfTheMoment, RESTORE_KEY } from "./own-keys.ts";
import type { WorkTime } from "./work-time.ts";

export type RestoreOptions = {
  readonly store: Pick<KvClient, "get" | "put" | "delete" | "scanPage" | "batch">;
  readonly source: BackupSource;
  readonly intoNonEmpty: boolean;
  readonly time: WorkTime;
  /** `share`: from 0 to 1 of all keys; null: nobody knows. */
  readonly onProgress: (what: string, share: number | null) => void;
};

export type VerifyOptions = Pick<RestoreOptions, "source" | "time" | "onProgress">;

export type Restored = BackupFacts & {
  readonly written: number;
  /** Keys that have ended since the backup. */
  readonly expired: number;
  /** Keys that were written when it was begun before. */
  readonly skipped: number;
};

/** Of what is sent at once; members take as much without being told otherwise, and one of the largest values. */
const TOGETHER_BYTES = 1_000_000;
const TOGETHER_KEYS = 500;
const LOOK_ENTRIES = 1_000;

export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { source, store, time } = options;
  const facts = await verifyBackup(options);
  const after = await placeToBegin(facts, options);
  const restore = new Restore(options, facts, after);
  try {
    await readBackup(source, (record) => restore.take(record));
    await restore.finish();
    valueOf(await store.delete(RESTORE_KEY, { deadlineMs: time.callMs() }));
    return { ...facts, ...restore.counts() };
  } catch (error) {
    throw error instanceof Trouble ? new Trouble(error.message, "the same command again goes on where it was", error.code) : error;
  }
}

/** Reads it to its end. */
export function verifyBackup({ source, time, onProgress }: VerifyOptions): Promise<BackupFacts> {
  let keys = 0;
  return readBackup(source, () => {
    if (++keys % LOOK_ENTRIES === 0) {
      time.check();
      onProgress(`looking whether it is whole: ${counted(keys, "key")}`, null);
    }
    return null;
  });
}

/** The key to go on after; null: at the beginning. */
async function placeToBegin({ sha256 }: BackupFacts, { store, intoNonEmpty, time }: RestoreOptions): Promise<Uint8Array | null> {
  const begun = await begunRestore(store, time);
  if (begun?.backup === sha256) return begun.after;
  if (intoNonEmpty) return null;
  if (begun !== null)
    throw new Trouble(
      "a restore of another backup into this store was begun and has not ended",
      "end that one, or let this one write over what it wrote: --into-non-empty",
    );
  if (await isEmpty(store, time)) return null;
  throw new Trouble(
    "there are keys in this store",
    "a backup belongs into an empty one; keys that both have get the backup's value, and others stay: --into-non-empty",
  );
}

type Begun = { readonly backup: string; readonly after: Uint8Array | null };

async function begunRestore(store: RestoreOptions["store"], time: WorkTime): Promise<Begun | null> {
  const entry = valueOf(await store.get(RESTORE_KEY, { deadlineMs: time.callMs() }));
  if (entry === null) return null;
  const fields = fieldsOf(parseJson(entry.text));
  const after = textOf(fields["after"]);
  return { backup: textOf(fields["backup"]) ?? "", after: after === null ? null : Buffer.from(after, "base64url") };
}

async function isEmpty(store: RestoreOptions["store"], time: WorkTime): Promise<boolean> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<KvClient["scanPage"]>> = await store.scanPage("", {
      after,
      limit: LOOK_ENTRIES,
      deadlineMs: time.callMs(),
    });
    const { entries, next } = valueOf(page);
    if (entries.some(({ key }) => !isOfTheMoment(key))) return false;
    after = next;
  } while (after !== null);
  return true;
}

/** Keys that are sent together, and what is known of those before. */
class Restore {
  readonly #options: RestoreOptions;
  readonly #facts: BackupFacts;
  readonly #after: Uint8Array | null;
  #together: PutOperation[] = [];
  #bytes = 0;
  #last: Uint8Array | null = null;
  #written = 0;
  #expired = 0;
  #skipped = 0;

  constructor(options: RestoreOptions, facts: BackupFacts, after: Uint8Array | null) {
    this.#options = options;
    this.#facts = facts;
    this.#after = after;
  }

  take({ key, value, expiresAtMs }: BackupRecord): Promise<void> | null {
    if (this.#after !== null && compareBytes(key, this.#after) <= 0) {
      this.#skipped++;
      return null;
    }
    const ttlMs = expiresAtMs === null ? null : expiresAtMs - Date.now();
    if (ttlMs !== null && ttlMs < 1) {
      this.#expired++;
      return null;
    }
    const operation = op.put(key, value, ttlMs === null ? {} : { ttlMs });
    const size = key.length + value.length;
    const isFull = this.#together.length === TOGETHER_KEYS || (this.#bytes + size > TOGETHER_BYTES && this.#together.length > 0);
    const sending = isFull ? this.#send() : null;
    this.#together.push(operation);
    this.#bytes += size;
    this.#last = key;
    return sending;
  }

  async finish(): Promise<void> {
    if (this.#together.length > 0) await this.#send();
  }

  counts(): Pick<Restored, "written" | "expired" | "skipped"> {
    return { written: this.#written, expired: this.#expired, skipped: this.#skipped };
  }

  /** Whatever is taken meanwhile is sent the next time. */
  async #send(): Promise<void> {
    const { store, time, onProgress } = this.#options;
    const [operations, last] = [this.#together, this.#last];
    [this.#together, this.#bytes] = [[], 0];
    // It is known that a restore is under way before there is anything of it.
    if (this.#written === 0) await this.#remember(this.#after);
    for (const outcome of await store.batch(operations, { deadlineMs: time.callMs() })) valueOf(outcome);
    await this.#remember(last);
    this.#written += operations.length;
    const done = this.#written + this.#expired + this.#skipped;
    onProgress(`${count(done)} of ${counted(this.#facts.keys, "key")}`, done / this.#facts.keys);
  }

  async #remember(after: Uint8Array | null): Promise<void> {
    const { store, time } = this.#options;
    const begun = { backup: this.#facts.sha256, after: after === null ? null : Buffer.from(after).toString("base64url") };
    valueOf(await store.put(RESTORE_KEY, JSON.stringify(begun), { deadlineMs: time.callMs() }));
  }
}
