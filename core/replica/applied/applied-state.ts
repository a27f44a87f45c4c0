// Everything that follows from the committed entries and from nothing else: the service's state with its sessions, log time,
// the group's version, and how far all that goes. Members that applied the same entries are equal in all of it.
import { assert } from "../../base/assert.ts";
import { EMPTY_BYTES, textOf } from "../../base/bytes.ts";
import type { LogIndex, Term } from "../../base/ids.ts";
import type { Outcome } from "../../base/outcome.ts";
import { done, refused } from "../../base/outcome.ts";
import type { Entry, LogBase } from "../../raft/entry.ts";
import type { EffectQueue } from "../effect-queue.ts";
import { FIRST_VERSION } from "../options.ts";
import type { PartitionedMachine } from "../partitioned-machine.ts";
import type { CommandEnvelope, CommandSession } from "./command-envelope.ts";
import { decodeCommandEnvelope } from "./command-envelope.ts";
import type { Sessions } from "./sessions.ts";
import { StateDigest } from "./state-digest.ts";

export type AppliedOptions = {
  readonly machine: PartitionedMachine;
  readonly effects: EffectQueue;
  /** Where the log begins: with the state of a snapshot still to be restored, or with nothing. */
  readonly base: LogBase;
};

const NO_ANSWER: Outcome<Uint8Array> = done(EMPTY_BYTES);

export class AppliedState {
  readonly machine: PartitionedMachine;
  #digest = new StateDigest();
  #base: LogBase;
  #groupVersion = FIRST_VERSION;
  #lastStampMs = 0;
  #workBytes = 0;
  readonly #effects: EffectQueue;

  constructor({ machine, effects, base }: AppliedOptions) {
    this.machine = machine;
    this.#effects = effects;
    this.#base = base;
  }

  get index(): LogIndex {
    return this.#base.index;
  }

  get term(): Term {
    return this.#base.term;
  }

  /** The last applied entry. */
  get base(): LogBase {
    const { index, term, serviceIndex } = this.#base;
    return { index, term, serviceIndex };
  }

  get digest(): StateDigest {
    return this.#digest;
  }

  /** Members at the same index have the same one. */
  stateDigest(): string {
    return `${this.#digest.toString()}-${this.machine.digest()}`;
  }

  get groupVersion(): number {
    return this.#groupVersion;
  }

  get lastStampMs(): number {
    return this.#lastStampMs;
  }

  /** What applying took so far: of each entry its bytes, or what its command made anew if that is more. No part of the state. */
  get workBytes(): number {
    return this.#workBytes;
  }

  /** The answer is for whoever waits for this entry, if anybody does. */
  apply(entry: Entry): Outcome<Uint8Array> {
    const before = this.machine.workBytes ?? 0;
    const outcome = this.#apply(entry);
    this.#workBytes += Math.max(entry.bytes.length, (this.machine.workBytes ?? 0) - before);
    return outcome;
  }

  #apply(entry: Entry): Outcome<Uint8Array> {
    assert(entry.index === this.#base.index + 1, "entries are applied in order, each once");
    this.#base = entry;
    this.#digest.addEntry(entry.bytes);
    if (entry.kind === "version") this.#groupVersion = Math.max(this.#groupVersion, entry.version);
    if (entry.kind !== "command") return NO_ANSWER;
    const outcome = this.#applyCommand(entry);
    this.#digest.addAnswer(outcome);
    return outcome;
  }

  /** A snapshot takes the place of everything but the machine's state, which its own restoration replaces. */
  replace(restored: RestoredState): void {
    this.#base = restored.base;
    this.#digest = restored.digest;
    this.#groupVersion = restored.groupVersion;
    this.#lastStampMs = restored.lastStampMs;
  }

  #applyCommand(entry: Entry): Outcome<Uint8Array> {
    const envelope = decodeCommandEnvelope(entry.body);
    if (envelope === null) return refused("badRequest", "this entry holds no command");
    // A new leader may not know the last stamp of its predecessor: what an entry is worth is decided here.
    this.#lastStampMs = Math.max(this.#lastStampMs, envelope.stampMs);
    const partition = this.machine.partitionOf(envelope.command);
    if (partition.kind === "refused") return partition.outcome;
    if (partition.kind === "none") return done(this.#execute(entry, envelope));
    const { sessions } = partition;
    sessions.advance(this.#lastStampMs);
    const { session } = envelope;
    return session === null ? done(this.#execute(entry, envelope)) : this.#applyOnce(entry, envelope, { session, sessions });
  }

  #applyOnce(entry: Entry, envelope: CommandEnvelope, { session, sessions }: Asker): Outcome<Uint8Array> {
    const admission = sessions.admit(session, this.#lastStampMs);
    if (admission.kind === "refused") return admission.outcome;
    if (admission.kind === "duplicate") {
      this.#effects.observe({ kind: "duplicateAnswered", client: textOf(session.client), serial: session.serial });
      return done(admission.answer);
    }
    const answer = this.#execute(entry, envelope);
    sessions.remember(answer);
    return done(answer);
  }

  #execute({ index, serviceIndex }: Entry, { command }: CommandEnvelope): Uint8Array {
    const answer = this.machine.apply(command, { index, serviceIndex, stampMs: this.#lastStampMs });
    this.#lastStampMs = Math.max(this.#lastStampMs, this.machine.stampFloorMs);
    return answer;
  }
}

type Asker = { readonly session: CommandSession; readonly sessions: Sessions };

export type RestoredState = {
  readonly base: LogBase;
  readonly digest: StateDigest;
  readonly groupVersion: number;
  readonly lastStampMs: number;
};
