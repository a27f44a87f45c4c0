// One shard as one group has it: its status, its content while there is any, and what a move needs of it. Every step says
// whether it did anything; a step of another configuration, or one that was done before, does nothing.
import type { SessionLimits } from "../replica/applied/sessions.ts";
import { ChangeLog } from "./moving/change-log.ts";
import type { Chunk } from "./moving/chunk.ts";
import { readChunk } from "./moving/copy-source.ts";
import type { CopyCursor } from "./moving/copy-cursor.ts";
import { Staging } from "./moving/staging.ts";
import type { Staged } from "./moving/staging.ts";
import { emptyContent } from "./shard-content.ts";
import type { ShardContent } from "./shard-content.ts";
import type { Change, ShardStatus } from "./shard-status.ts";
import { ABSENT, SERVING, statusAfter } from "./shard-status.ts";

export type GroupShardOptions = { readonly shard: number; readonly limits: SessionLimits; readonly changesMax: number };

export class GroupShard {
  readonly #options: GroupShardOptions;
  #status: ShardStatus = ABSENT;
  #content: ShardContent | null = null;
  #changes: ChangeLog | null = null;
  #staging: Staging | null = null;
  /** Copies that had to begin anew. */
  #failedCopies = 0;

  constructor(options: GroupShardOptions) {
    this.#options = options;
  }

  get status(): ShardStatus {
    return this.#status;
  }

  get content(): ShardContent | null {
    return this.#content;
  }

  get changes(): ChangeLog | null {
    return this.#changes;
  }

  get staging(): Staging | null {
    return this.#staging;
  }

  get failedCopies(): number {
    return this.#failedCopies;
  }

  /** Told of every key that changes; null while nobody follows. */
  get onChange(): ((key: Uint8Array) => void) | undefined {
    return this.#changes === null ? undefined : touching(this.#changes);
  }

  adopt(change: Change): void {
    const { shard, limits } = this.#options;
    this.#become(statusAfter(this.#status, shard, change));
    if (this.#status.kind === "serving") this.#content ??= emptyContent(limits);
    if (this.#status.kind === "leaving") this.#content ??= emptyContent(limits);
    if (this.#status.kind === "pulling") this.#staging = new Staging(shard, limits);
    if (this.#status.kind === "leaving") this.#follow(new ChangeLog(this.#options.changesMax));
  }

  /** Null: it is not leaving by this configuration, or this member is behind. */
  copy(number: number, from: CopyCursor, bytesMax: number): Chunk | null {
    const status = this.#status;
    if ((status.kind !== "leaving" && status.kind !== "frozen") || status.number !== number) return null;
    if (this.#content === null || this.#changes === null) return null;
    const frozenAtMs = status.kind === "frozen" ? status.atMs : null;
    return readChunk({ content: this.#content, changes: this.#changes, frozenAtMs }, from, bytesMax);
  }

  /** The log time that came with it once it is whole. */
  stage(number: number, from: Uint8Array, chunk: Chunk): Staged {
    const status = this.#status;
    if (status.kind !== "pulling" || status.number !== number || this.#staging === null) return "late";
    const staged = this.#staging.take(from, chunk);
    if (staged === "wrong") this.#copyAnew();
    if (staged === "whole") this.#serve(this.#staging.content);
    return staged;
  }

  freeze(number: number, atMs: number): boolean {
    const status = this.#status;
    if (status.kind === "frozen") return status.number === number;
    if (status.kind !== "leaving" || status.number !== number) return false;
    this.#become({ kind: "frozen", number, to: status.to, atMs });
    return true;
  }

  thaw(number: number): boolean {
    const status = this.#status;
    if (status.kind !== "frozen" || status.number !== number) return false;
    this.#become({ kind: "leaving", number, to: status.to });
    return true;
  }

  release(number: number): boolean {
    const status = this.#status;
    if (status.kind !== "frozen" || status.number !== number) return false;
    this.#become(ABSENT);
    this.#content?.sessions.leaveRoom();
    this.#content = null;
    this.#changes = null;
    return true;
  }

  /** By a settlement: what is had here stays, and what was on its way here is dropped. */
  settle(): void {
    if (this.#status.kind === "pulling") this.#drop();
    if (this.#status.kind === "leaving" || this.#status.kind === "frozen") this.#keep();
  }

  restore({ status, content, changes, staging, failedCopies }: RestoredShard): void {
    this.#status = status;
    this.#content = content;
    this.#staging = staging;
    this.#failedCopies = failedCopies;
    this.#changes = null;
    if (changes !== null) this.#follow(changes);
  }

  #become(status: ShardStatus): void {
    this.#status = status;
  }

  #serve(content: ShardContent): void {
    this.#become(SERVING);
    this.#content?.sessions.leaveRoom();
    this.#content = content;
    this.#staging = null;
  }

  #drop(): void {
    this.#become(ABSENT);
    this.#staging?.content.sessions.leaveRoom();
    this.#staging = null;
  }

  #keep(): void {
    this.#become(SERVING);
    if (this.#content !== null) this.#content.sessions.listener = null;
    this.#changes = null;
  }

  #copyAnew(): void {
    this.#staging?.content.sessions.leaveRoom();
    this.#staging = new Staging(this.#options.shard, this.#options.limits);
    this.#failedCopies++;
  }

  #follow(changes: ChangeLog): void {
    this.#changes = changes;
    if (this.#content !== null) this.#content.sessions.listener = (client) => changes.touch("session", client);
  }
}

/** Apart from where it is asked for: what a function of its own refers to takes memory whether the function is made or not. */
const touching =
  (changes: ChangeLog) =>
  (key: Uint8Array): void => {
    changes.touch("key", key);
  };

export type RestoredShard = {
  readonly status: ShardStatus;
  readonly content: ShardContent | null;
  readonly changes: ChangeLog | null;
  readonly staging: Staging | null;
  readonly failedCopies: number;
};
