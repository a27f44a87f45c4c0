// One client: it has a few operations open at a time, asks members until it has an answer or loses patience, and tells the
// oracle what it saw. It folds the outcomes of its attempts as a client library must: after one unknown outcome only the
// remembered answer of that serial decides, and without a serial nothing does.
import { equalBytes } from "../../../core/base/bytes.ts";
import type { Outcome, Refusal } from "../../../core/base/outcome.ts";
import { REFUSALS } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { KvInput } from "../../../core/linearizability/kv-operations.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import type { Call, Oracle } from "../oracle.ts";
import type { ClientProfile } from "../run-plan.ts";
import { Violation } from "../world/violation.ts";
import type { World } from "../world/world.ts";
import { decodeResult, encodeCommand, encodeQuery } from "./encoding.ts";
import { describeOutcome } from "./outcome-text.ts";
import { ClientSession } from "./session.ts";
import type { Workload } from "./workload.ts";

/** An operation from its first attempt to its end. */
type Open = {
  readonly call: Call;
  readonly input: KvInput;
  /** Under which serial of which session; null for a request that may take effect once per attempt. */
  readonly ticket: Ticket | null;
  readonly begunAtMs: number;
  /** Rises with every attempt: the answer to an earlier one comes too late. */
  attempt: number;
  mayHaveHappened: boolean;
  lastAnswer: string;
};

type Ticket = { readonly session: ClientSession; readonly serial: number };

export type ClientPorts = { readonly world: World; readonly oracle: Oracle; readonly workload: Workload };

const BACK_OFF_MS = { min: 5, max: 60 } as const;
/** Patience of a client with one operation; longer than the healing phase, so that what can be known then is known. */
const PATIENCE_MS = 60_000;
/** With members that are too full, such as with a client too many, which may last for ever. */
const PATIENCE_WITH_OVERLOAD_MS = 3_000;
/** Serials that a greedy client opens beyond what it may. */
const GREED = 2;
/** How much longer than the member a client waits for the answer. */
const SLACK_MS = 150;

export class Client {
  readonly name: string;
  readonly #ports: ClientPorts;
  readonly #profile: ClientProfile;
  readonly #random: Random;
  readonly #open = new Set<Open>();
  #session: ClientSession | null = null;
  #isAskingForSession = false;
  /** Where the last answer came from. */
  #favourite: number;
  #isEnding = false;

  constructor(name: string, profile: ClientProfile, ports: ClientPorts) {
    this.name = name;
    this.#profile = profile;
    this.#ports = ports;
    this.#random = ports.world.random.child(`client ${name}`);
    this.#favourite = this.#anyPlace();
  }

  start(): void {
    for (let i = 0; i < this.#profile.inFlightMax; i++) this.#thinkThenGoOn();
  }

  /** No new operations. Those that are open go on until they have an answer. */
  end(): void {
    this.#isEnding = true;
  }

  /** For whoever wonders why a run does not come to rest. */
  get openOperations(): readonly string[] {
    return [...this.#open].map(({ input, lastAnswer }) => `${input.kind} of ${input.key} by ${this.name}: ${lastAnswer}`);
  }

  #thinkThenGoOn(): void {
    const { thinkMinMs, thinkMaxMs } = this.#profile;
    this.#after(this.#random.between(thinkMinMs, thinkMaxMs), () => this.#goOn());
  }

  #goOn(): void {
    if (this.#isEnding) return;
    if (this.#profile.hasSession && this.#session === null) this.#askForSession();
    else if (this.#session?.isFull === true) this.#thinkThenGoOn();
    else this.#take(this.#ports.workload.next());
  }

  #take(input: KvInput): void {
    if (input.kind === "get" && this.#happens(this.#profile.staleReadPermille)) this.#readStale(input.key);
    else this.#begin(input);
  }

  /** From whoever is asked, as old as it may be; no part of the history. */
  #readStale(key: string): void {
    this.#thinkThenGoOn();
    this.#ask(this.#anyPlace(), { kind: "read", query: encodeQuery({ key }), consistency: "stale" }, (outcome) => {
      if (outcome.kind !== "done" || outcome.value.kind !== "result") return;
      this.#ports.world.effects["stale read"]++;
      const output = decodeResult(outcome.value.result);
      this.#ports.world.watch.sameState.history.checkRead(key, output, outcome.value.index);
      this.#ports.oracle.readStale({ key, output });
    });
  }

  #askForSession(): void {
    this.#thinkThenGoOn();
    if (this.#isAskingForSession || this.#session !== null) return;
    this.#isAskingForSession = true;
    this.#ask(this.#favourite, { kind: "newClient" }, (outcome) => {
      this.#isAskingForSession = false;
      if (outcome.kind === "done" && outcome.value.kind === "client") {
        const allowed = this.#ports.world.plan.replicaLimits.openSerialsMax;
        this.#session = new ClientSession(outcome.value.client, allowed + (this.#profile.isGreedy ? GREED : 0));
      } else this.#turnElsewhere(outcome.kind === "refused" ? outcome.refusal : null);
    });
  }

  #begin(input: KvInput): void {
    const isWrite = input.kind !== "get";
    const ticket = isWrite && this.#session !== null ? { session: this.#session, serial: this.#session.takeSerial() } : null;
    const call = this.#ports.oracle.called(this.name, input);
    const open: Open = {
      call,
      input,
      ticket,
      begunAtMs: this.#ports.world.nowMs,
      attempt: 0,
      mayHaveHappened: false,
      lastAnswer: "none yet",
    };
    this.#open.add(open);
    this.#attempt(open);
  }

  #attempt(open: Open): void {
    const attempt = ++open.attempt;
    const isRead = open.input.kind === "get";
    const place = isRead && this.#random.chance(0.6) ? this.#anyPlace() : this.#favourite;
    const operation = this.#operationOf(open);
    this.#ask(place, operation, (outcome) => {
      if (open.attempt !== attempt || !this.#open.has(open)) return;
      open.lastAnswer = describeOutcome(outcome);
      if (outcome.kind === "done") this.#succeed(open, operation, outcome.value);
      else if (outcome.kind === "refused") this.#afterRefusal(open, outcome.refusal);
      else this.#afterUnknown(open);
    });
  }

  #operationOf({ input, ticket }: Open): ClientOperation {
    if (input.kind === "get") return { kind: "read", query: encodeQuery(input), consistency: "linearizable" };
    return { kind: "write", command: encodeCommand(input), session: ticket?.session.stamp(ticket.serial) ?? null };
  }

  #succeed(open: Open, operation: ClientOperation, reply: Reply): void {
    if (reply.kind !== "result")
      throw new Violation("bug", "a request gets its own answer", `${operation.kind} was answered with ${reply.kind}`);
    const { world, oracle } = this.#ports;
    if (open.mayHaveHappened && open.ticket !== null) world.effects["unknown outcome resolved by its serial"]++;
    const output = decodeResult(reply.result);
    if (open.input.kind === "get") world.watch.sameState.history.checkRead(open.input.key, output, reply.index);
    oracle.done(open.call, output);
    if (open.ticket !== null && this.#happens(this.#profile.duplicatePermille)) this.#repeatLater(operation, reply.result);
    this.#close(open);
  }

  #afterRefusal(open: Open, refusal: Refusal): void {
    const { advice } = REFUSALS[refusal.code];
    this.#turnElsewhere(refusal);
    if (advice === "newClient" && this.#session === open.ticket?.session) this.#session = null;
    // Refused is an answer too: the serial has one, and the client's window can move past it.
    const isOver = refusal.code === "tooManyOpenSerials" && !open.mayHaveHappened;
    if (!isOver && (advice === "askLeader" || advice === "retrySoon" || advice === "retryLater")) {
      this.#retry(open, advice === "retryLater" ? PATIENCE_WITH_OVERLOAD_MS : PATIENCE_MS);
      return;
    }
    this.#giveUp(open);
  }

  #afterUnknown(open: Open): void {
    this.#ports.world.effects["unknown outcome"]++;
    open.mayHaveHappened = true;
    this.#turnElsewhere(null);
    // To send a write again without a serial could apply it twice.
    if (open.ticket === null && open.input.kind !== "get") this.#giveUp(open);
    else this.#retry(open, PATIENCE_MS);
  }

  #retry(open: Open, patienceMs: number): void {
    if (this.#ports.world.nowMs - open.begunAtMs > patienceMs) {
      this.#giveUp(open);
      return;
    }
    this.#after(this.#random.between(BACK_OFF_MS.min, BACK_OFF_MS.max), () => {
      if (this.#open.has(open)) this.#attempt(open);
    });
  }

  #giveUp(open: Open): void {
    const { oracle } = this.#ports;
    if (open.mayHaveHappened) oracle.unknown(open.call);
    else oracle.refused(open.call);
    this.#close(open);
  }

  #close(open: Open): void {
    this.#open.delete(open);
    open.ticket?.session.answered(open.ticket.serial);
    this.#thinkThenGoOn();
  }

  /** An old packet, or a proxy that tries again: whatever comes of it must not contradict the answer that was given. */
  #repeatLater(operation: ClientOperation, result: Uint8Array): void {
    this.#after(this.#random.between(0, 2_000), () => {
      this.#ask(this.#anyPlace(), operation, (outcome) => {
        if (outcome.kind !== "done" || outcome.value.kind !== "result" || equalBytes(outcome.value.result, result)) return;
        throw new Violation(
          "history",
          "a serial has one answer",
          `a late copy of a request of ${this.name} got another answer than the first`,
        );
      });
    });
  }

  #turnElsewhere(refusal: Refusal | null): void {
    const hint = refusal === null ? null : this.#ports.world.placeOfLeader(refusal);
    this.#favourite = hint !== null && this.#random.chance(0.8) ? hint : this.#anyPlace();
  }

  /** Answers exactly once: with what the member said, or with unknown when nothing came in time. */
  #ask(place: number, operation: ClientOperation, answer: (outcome: Outcome<Reply>) => void): void {
    const { deadlineMs, lossPermille, abandonPermille } = this.#profile;
    const goesAway = this.#happens(abandonPermille) ? { abandonAfterMs: this.#random.between(0, deadlineMs) } : {};
    let isAnswered = false;
    const once = (outcome: Outcome<Reply>): void => {
      if (isAnswered) return;
      isAnswered = true;
      answer(outcome);
    };
    this.#ports.world.ask({ place, operation, deadlineMs, lossPermille, ...goesAway }, once);
    this.#after(deadlineMs + SLACK_MS, () => once({ kind: "unknown", after: "deadline" }));
  }

  #happens(permille: number): boolean {
    return permille > 0 && this.#random.fraction() * 1_000 < permille;
  }

  #anyPlace(): number {
    return this.#random.pick(this.#ports.world.processes).place;
  }

  #after(delayMs: number, action: () => void): void {
    this.#ports.world.after(Math.round(delayMs * 1_000), action);
  }
}
