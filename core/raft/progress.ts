// One follower as its leader sees it. It starts in `probe`: one message at a time, until an answer shows where the logs
// agree. In `replicate` messages follow each other without waiting, within a window. `snapshot` is for a follower whose
// next entry is no longer in the log.
//
//   probe ──accepted──► replicate ──conflict──► probe          any ──next entry compacted──► snapshot ──covered──► probe
import { assert } from "../base/assert.ts";
import { asIndex } from "../base/ids.ts";
import type { LogIndex, MemberId } from "../base/ids.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";

export type SnapshotSending = {
  readonly meta: SnapshotMeta;
  /** Up to where the follower has the bytes. */
  ackedOffset: number;
  /** Up to where pieces were asked from the disk; runs ahead of `ackedOffset` by the window. */
  askedOffset: number;
  /** Pieces asked for to which no answer has come. */
  unanswered: number;
  /** Where it last began again because pieces had overtaken each other; once in each place. */
  repeatedFrom: number | null;
  ticksWithoutProgress: number;
};

export type Window = {
  readonly messagesMax: number;
  readonly bytesMax: number;
  /** With so many messages under way, another one leaves only if it carries `manyEntries`. */
  readonly fewMessages: number;
  readonly manyEntries: number;
};

type Inflight = { readonly lastIndex: LogIndex; readonly bytes: number };

export class Progress {
  readonly member: MemberId;
  state: "probe" | "replicate" | "snapshot" = "probe";
  /** Highest entry known to be on the follower's disk. Never decreases while this leader's term lasts. */
  matchIndex = asIndex(0);
  /** Next entry to send. Invariant: matchIndex < nextIndex. Runs ahead of matchIndex while answers are under way. */
  nextIndex: LogIndex;
  /** In `probe`: the end of the one message that is under way; the next waits for its answer, or for a heartbeat's. */
  #probedTo: LogIndex | null = null;
  sending: SnapshotSending | null = null;
  /** Ticks since it was last heard of; a new leader gives everybody the benefit of the doubt. */
  silentTicks = 0;
  /** The latest round that the follower has confirmed, and how many confirmations of anybody had come before that one. */
  confirmedRound = 0;
  confirmedAfter = 0;
  /** The latest round that it is to be told of. */
  askedRound = 0;
  /** The commit index and the round that the follower was last told. */
  toldCommitIndex = asIndex(0);
  /** It is to hear of the commit index without waiting for what else there will be to tell. */
  commitIsDue = true;
  toldRound = 0;
  /** What the follower had acknowledged when it was last seen to restart: it must still have that. */
  acknowledgedBeforeRestart = asIndex(0);
  /** It has not shown that yet in its new life. */
  mustShowLog = false;
  readonly #inflight: Inflight[] = [];
  #inflightBytes = 0;

  constructor(member: MemberId, nextIndex: LogIndex) {
    this.member = member;
    this.nextIndex = nextIndex;
  }

  restarted(): void {
    this.acknowledgedBeforeRestart = this.matchIndex;
    this.mustShowLog = this.matchIndex > 0;
    // It is asked at once how far its log goes, whatever else there is to send.
    this.toldRound = 0;
  }

  /** Its log goes so far, or further. */
  showsLog(lastIndex: LogIndex): void {
    if (lastIndex >= this.acknowledgedBeforeRestart) this.mustShowLog = false;
  }

  /** Up to where it certainly has the log: one that has restarted counts for nothing before it has shown what it still has. */
  get shownIndex(): LogIndex {
    return this.mustShowLog ? asIndex(0) : this.matchIndex;
  }

  becomeProbe(nextIndex: LogIndex): void {
    this.#leaveState("probe");
    this.nextIndex = asIndex(Math.max(this.matchIndex + 1, nextIndex));
  }

  becomeReplicate(): void {
    const probedTo = this.#probedTo ?? asIndex(0);
    this.#leaveState("replicate");
    // What the probe carried is held to be taken, though it may not be on the follower's disk yet; a conflict shows otherwise.
    this.nextIndex = asIndex(Math.max(this.matchIndex, probedTo, this.nextIndex - 1) + 1);
  }

  becomeSnapshot(meta: SnapshotMeta): void {
    this.#leaveState("snapshot");
    this.sending = { meta, ackedOffset: 0, askedOffset: 0, unanswered: 0, repeatedFrom: null, ticksWithoutProgress: 0 };
  }

  /** Whether an answer is to come that will make the leader look at this follower again. */
  get awaitsAnswer(): boolean {
    return this.#inflight.length > 0;
  }

  sent(lastIndex: LogIndex, bytes: number): void {
    if (this.state === "probe") {
      this.#probedTo = lastIndex;
      return;
    }
    assert(this.state === "replicate", "entries are not sent while a snapshot is");
    this.nextIndex = asIndex(lastIndex + 1);
    this.#inflight.push({ lastIndex, bytes });
    this.#inflightBytes += bytes;
  }

  /** `waiting`: entries that could go now. Few of them wait while enough is under way: they will travel together. */
  mayHaveMore(window: Window, waiting: number): boolean {
    switch (this.state) {
      case "probe":
        return this.#probedTo === null;
      case "replicate":
        if (this.#inflight.length >= window.fewMessages && waiting < window.manyEntries) return false;
        return this.#inflight.length < window.messagesMax && this.#inflightBytes < window.bytesMax;
      case "snapshot":
        return false;
    }
  }

  /** The logs agree where the message began; up to `matchIndex` they agree on the follower's disk. */
  accepted(matchIndex: LogIndex): void {
    this.showsLog(matchIndex);
    this.#release(matchIndex);
    if (matchIndex > this.matchIndex) this.matchIndex = matchIndex;
    if (this.nextIndex <= this.matchIndex) this.nextIndex = asIndex(this.matchIndex + 1);
    if (this.state === "probe") this.becomeReplicate();
  }

  /** Whether the answer is about what was sent last, and not a late one about a state of affairs that has passed. */
  isCurrentConflict(previousIndex: LogIndex): boolean {
    if (this.state === "snapshot" || previousIndex <= this.matchIndex) return false;
    return this.state === "replicate" ? previousIndex < this.nextIndex : previousIndex === this.nextIndex - 1;
  }

  #leaveState(next: Progress["state"]): void {
    this.state = next;
    this.sending = null;
    this.#probedTo = null;
    this.#inflight.length = 0;
    this.#inflightBytes = 0;
  }

  #release(matchIndex: LogIndex): void {
    while (this.#inflight.length > 0 && (this.#inflight[0] as Inflight).lastIndex <= matchIndex) {
      this.#inflightBytes -= (this.#inflight.shift() as Inflight).bytes;
    }
  }
}
