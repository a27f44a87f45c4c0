// Asks one member, again and again, until it has served a write or said who does, and a linearizable read by itself.
import { utf8 } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { describeOutcome } from "./outcome-text.ts";
import { encodeCommand, encodeQuery } from "./encoding.ts";
import type { World } from "../world/world.ts";

const RETRY_US = 40_000;
const DEADLINE_MS = 1_000;
const SILENCE_US = 1_200_000;

export class Probe {
  readonly place: number;
  lastAnswer = "no answer yet";
  readonly #world: World;
  readonly #key: string;
  #hasWritten = false;
  #hasRead = false;

  constructor(world: World, place: number) {
    this.#world = world;
    this.place = place;
    this.#key = `probe-${place}`;
  }

  get isServed(): boolean {
    return this.#hasWritten && this.#hasRead;
  }

  start(): void {
    this.#write(this.place);
  }

  /** A member that doesn't lead may send us on; what counts is that whoever begins here gets there. */
  #write(place: number): void {
    const write: ClientOperation = { kind: "write", command: encodeCommand({ kind: "put", key: this.#key, value: "here" }), session: null };
    this.#ask(place, write, (outcome) => {
      if (outcome?.kind === "done") {
        this.#hasWritten = true;
        this.#read();
        return;
      }
      const hint = outcome?.kind === "refused" ? this.#world.placeOfLeader(outcome.refusal) : null;
      this.#world.after(RETRY_US, () => this.#write(hint ?? this.place));
    });
  }

  #read(): void {
    const read: ClientOperation = { kind: "read", query: encodeQuery({ key: this.#key }), consistency: "linearizable" };
    this.#ask(this.place, read, (outcome) => {
      const found = outcome?.kind === "done" && outcome.value.kind === "result" ? outcome.value.result : null;
      // Nobody else writes this key, so the read must find it.
      this.#hasRead = found !== null && endsWith(found, utf8("here"));
      if (!this.#hasRead) this.#world.after(RETRY_US, () => this.#read());
    });
  }

  #ask(place: number, operation: ClientOperation, answer: (outcome: Outcome<Reply> | null) => void): void {
    let isAnswered = false;
    const once = (outcome: Outcome<Reply> | null): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.lastAnswer = `${operation.kind} at place ${place}: ${outcome === null ? "silence" : describeOutcome(outcome)}`;
      answer(outcome);
    };
    this.#world.ask({ place, operation, deadlineMs: DEADLINE_MS, lossPermille: 0 }, once);
    this.#world.after(SILENCE_US, () => once(null));
  }
}

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  return end.every((byte, i) => bytes[bytes.length - end.length + i] === byte);
}
