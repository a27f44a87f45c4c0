// One member's disk, as the labs see it: it never tears or lies, but it takes its time, and a crash loses whatever it had
// not got to. Entries are kept as bytes and read back as any restart would. (The real log on a faulty disk is tested by
// the simulator.)
import { assert, present } from "../../core/base/assert.ts";
import { asTerm } from "../../core/base/ids.ts";
import type { Random } from "../../core/base/random.ts";
import { decodeEntry, LOG_ORIGIN } from "../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../core/raft/entry.ts";
import type { RecoveredGroup } from "../../core/raft/inputs.ts";
import type { Membership } from "../../core/raft/membership.ts";
import type { HardState, Persist } from "../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import { ENTRY_LENGTH_BYTES, RECORD_HEADER_BYTES } from "../../runtime/disk/log/records.ts";
import type { LabTime } from "./lab-time.ts";

const SYNC_MS = { min: 0.2, max: 2 };

export type Snapshot = { readonly meta: SnapshotMeta; readonly bytes: Uint8Array };

type Durable = {
  hardState: HardState;
  base: LogBase;
  entries: Uint8Array[];
  snapshots: Map<string, Snapshot>;
};

type Write = { readonly change: (durable: Durable) => void; readonly done: () => void };

export type StoreOptions = { readonly time: LabTime; readonly random: Random; readonly founding: Membership };

export class StableStore {
  readonly #options: StoreOptions;
  readonly #durable: Durable = { hardState: { term: asTerm(0), vote: null }, base: LOG_ORIGIN, entries: [], snapshots: new Map() };
  #waiting: Write[] = [];
  #isBusy = false;
  /** Of the process that is writing now: what an earlier one had under way is nobody's business any more. */
  #life = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  write(persist: Persist, done: () => void): void {
    this.#enqueue((durable) => apply(durable, persist), done);
  }

  /** A durable snapshot covers the log up to `base`. */
  trim(base: LogBase): void {
    this.#enqueue(
      (durable) => {
        const count = base.index - durable.base.index;
        if (count <= 0) return;
        durable.entries.splice(0, count);
        durable.base = base;
      },
      () => undefined,
    );
  }

  saveSnapshot(snapshot: Snapshot, done: () => void): void {
    this.#enqueue((durable) => durable.snapshots.set(snapshot.meta.id, snapshot), done);
  }

  /** Older ones than `newest` go, unless they are still being sent. */
  dropSnapshotsBefore(newest: SnapshotMeta, isPinned: (id: string) => boolean): void {
    for (const [id, { meta }] of this.#durable.snapshots) {
      if (meta.base.index < newest.base.index && !isPinned(id)) this.#durable.snapshots.delete(id);
    }
  }

  snapshot(id: string): Snapshot | null {
    return this.#durable.snapshots.get(id) ?? null;
  }

  /** The disk may have got further than it could say: any number of the oldest writes under way, each whole, has happened. */
  crash(): void {
    const written = this.#options.random.between(0, this.#waiting.length);
    for (const { change } of this.#waiting.splice(0, written)) change(this.#durable);
    this.#waiting = [];
    this.#isBusy = false;
    this.#life++;
  }

  recover(): RecoveredGroup {
    const { hardState, base, snapshots } = this.#durable;
    const entries = this.#durable.entries.map((bytes) => present(decodeEntry(bytes), "what was written can be read"));
    const newest = [...snapshots.values()].sort((a, b) => b.meta.base.index - a.meta.base.index)[0]?.meta ?? null;
    if (newest === null) return { hardState, base, entries, snapshot: null, membership: this.#options.founding };
    const follows = isPartOf(newest.base, { base, entries });
    const kept = follows ? entries.filter((entry) => entry.index > newest.base.index) : [];
    this.#durable.entries = kept.map((entry) => entry.bytes);
    this.#durable.base = newest.base;
    return { hardState, base: newest.base, entries: kept, snapshot: newest, membership: newest.membership };
  }

  /** What a restart would have to read, besides the snapshot: hard state and entries, each with the header that it has in the log. */
  get stateBytes(): number {
    const { hardState, entries } = this.#durable;
    let bytes = RECORD_HEADER_BYTES + JSON.stringify(hardState).length;
    for (const entry of entries) bytes += RECORD_HEADER_BYTES + ENTRY_LENGTH_BYTES + entry.length;
    return bytes;
  }

  #enqueue(change: Write["change"], done: Write["done"]): void {
    this.#waiting.push({ change, done });
    if (!this.#isBusy) this.#sync();
  }

  /** One sync makes durable what has arrived by its beginning. */
  #sync(): void {
    const { time, random } = this.#options;
    const count = this.#waiting.length;
    this.#isBusy = count > 0;
    if (count === 0) return;
    const life = this.#life;
    time.after(SYNC_MS.min + random.fraction() * (SYNC_MS.max - SYNC_MS.min), () => {
      if (life !== this.#life) return;
      const written = this.#waiting.splice(0, count);
      for (const { change } of written) change(this.#durable);
      for (const { done } of written) done();
      this.#sync();
    });
  }
}

function apply(durable: Durable, { restartAfter, truncateFrom, entries, hardState }: Persist): void {
  if (restartAfter !== null) {
    durable.base = restartAfter.base;
    durable.entries = [];
  }
  if (truncateFrom !== null) durable.entries.splice(truncateFrom - durable.base.index - 1);
  for (const entry of entries) {
    assert(entry.index === durable.base.index + durable.entries.length + 1, "the log on the disk has no gap");
    durable.entries.push(entry.bytes);
  }
  if (hardState !== null) durable.hardState = hardState;
}

function isPartOf(id: LogBase, log: { readonly base: LogBase; readonly entries: readonly Entry[] }): boolean {
  if (id.index <= log.base.index) return true;
  return log.entries[id.index - log.base.index - 1]?.term === id.term;
}
