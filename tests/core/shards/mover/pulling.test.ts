import { utf8 } from "../../../../core/base/bytes.ts";
import type { Outcome } from "../../../../core/base/outcome.ts";
import { done, unknown } from "../../../../core/base/outcome.ts";
import { decodeGroupCommand, decodeGroupQuery } from "../../../../core/shards/group-commands.ts";
import type { Action } from "../../../../core/shards/mover/errand.ts";
import { CHUNK_BYTES, Pace } from "../../../../core/shards/mover/pace.ts";
import { CHUNKS_IN_VAIN_MAX, FREEZE_CHANGES_MAX, PullingErrand } from "../../../../core/shards/mover/pulling.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { configurationOf } from "../bench/configurations.ts";
import { ShardedGroup } from "../sharded-group.ts";

const KEY = "{a}";
const SHARD = shardOf(utf8(KEY));

const [ASKED_MS, STAGED_MS] = [30, 40];

class Pull {
  readonly source = new ShardedGroup("1", 10_000);
  readonly receiver = new ShardedGroup("2");
  errand: PullingErrand;
  tookMs = { asked: ASKED_MS, staged: STAGED_MS };
  readonly steps: string[] = [];
  /** After each chunk that was staged, of how many bytes, and how long it rests then. */
  readonly rests: { readonly bytes: number; readonly restMs: number; readonly isFrozen: boolean }[] = [];

  constructor(keys = 3, value = "value") {
    for (const group of [this.source, this.receiver]) group.adopt(configurationOf(1, 2, { [KEY]: 1 }));
    for (let i = 0; i < keys; i++) this.source.put(`${KEY}${String(i)}`, value);
    for (const group of [this.source, this.receiver]) group.adopt(configurationOf(2, 2, { [KEY]: 2 }));
    this.errand = new PullingErrand(this.receiver.machine, SHARD, new Pace());
  }

  /** Carries out what the errand wants; returns what that was. */
  step(): string {
    const action = this.errand.next();
    const word = this.#wordFor(action);
    this.steps.push(word);
    if (action?.kind === "propose") {
      const isFrozen = this.source.statusOf(KEY).kind === "frozen";
      const restMs = this.errand.proposalEnded(this.receiver.apply(action.command), this.tookMs.staged);
      this.rests.push({ bytes: action.command.length, restMs, isFrozen });
    } else if (action !== null) this.errand.answered(this.#answer(action), this.tookMs.asked);
    return word;
  }

  /** Until the shard is here. */
  run(): void {
    for (let i = 0; i < 2_000 && this.receiver.statusOf(KEY).kind === "pulling"; i++) this.step();
    expect(this.receiver.statusOf(KEY).kind).toBe("serving");
  }

  #answer(action: Action): Outcome<Uint8Array> {
    if (action.kind !== "ask" || action.question.to !== "group") throw new Error("groups only");
    const { kind, bytes } = action.question.operation;
    return kind === "write" ? this.source.apply(bytes) : this.source.machine.query(bytes);
  }

  #wordFor(action: Action | null): string {
    if (action === null) return "nothing";
    if (action.kind === "propose") return decodeGroupCommand(action.command)?.kind ?? "?";
    const bytes = action.question.to === "group" ? action.question.operation.bytes : new Uint8Array(0);
    return decodeGroupQuery(bytes)?.kind === "copy" ? "copy" : (decodeGroupCommand(bytes)?.kind ?? "?");
  }
}

test("keys, sessions, changes, frozen only when little is left, and the last chunk makes it serve", () => {
  const pull = new Pull();
  pull.run();
  expect(pull.steps).toEqual(["copy", "stage", "copy", "stage", "freeze", "copy", "stage"]);
  expect(pull.step()).toBe("nothing");
});

test("the moment in which nobody serves does not grow with the shard", () => {
  const counts = [3, 3_000].map((keys) => {
    const pull = new Pull(keys);
    pull.run();
    return pull.steps.slice(pull.steps.indexOf("freeze")).length;
  });
  expect(counts[0]).toBe(counts[1]);
});

test("interrupted anywhere, whoever leads next goes on from the log alone", () => {
  for (let interruption = 0; interruption < 9; interruption++) {
    const pull = new Pull();
    for (let i = 0; i < interruption; i++) pull.step();
    pull.errand = new PullingErrand(pull.receiver.machine, SHARD, new Pace());
    pull.run();
    expect(pull.receiver.get(`${KEY}1`)).toBe("value");
  }
});

test("a chunk that an earlier leader's entry has overtaken is not taken for the next one", () => {
  const pull = new Pull(2_000);
  const action = pull.errand.next();
  if (action?.kind !== "ask" || action.question.to !== "group") throw new Error("it asks");
  const answer = pull.source.machine.query(action.question.operation.bytes);
  // The copy moves on by somebody else's hand before the answer comes.
  const other = new PullingErrand(pull.receiver.machine, SHARD, new Pace());
  other.next();
  other.answered(answer, 0);
  const staged = other.next();
  if (staged?.kind === "propose") pull.receiver.apply(staged.command);
  pull.errand.answered(answer, 0);
  const late = pull.errand.next();
  expect(late?.kind === "propose" ? pull.receiver.apply(late.command) : null).toEqual(done(Uint8Array.of(1)));
  pull.run();
  expect(pull.receiver.machine.state.shard(SHARD).failedCopies).toBe(0);
});

test("a large chunk is followed by as long a rest as it took; a small one, or one while nobody is served, by none", () => {
  const pull = new Pull(800, "x".repeat(1_000));
  pull.run();
  const large = pull.rests.filter(({ bytes, isFrozen }) => bytes > 50_000 && !isFrozen);
  expect(large.length).toBeGreaterThan(2);
  for (const { restMs } of large) expect(restMs).toBe(ASKED_MS + STAGED_MS);
  const others = pull.rests.filter(({ bytes, isFrozen }) => bytes < 10_000 || isFrozen);
  expect(others.length).toBeGreaterThan(0);
  for (const { restMs } of others) expect(restMs).toBe(0);
});

test("a large chunk that came between two ticks is followed by a rest, too", () => {
  const pull = new Pull(800, "x".repeat(1_000));
  pull.tookMs = { asked: 0, staged: 0 };
  pull.run();
  const large = pull.rests.filter(({ bytes, isFrozen }) => bytes > 50_000 && !isFrozen);
  expect(large.length).toBeGreaterThan(2);
  for (const { restMs } of large) expect(restMs).toBeGreaterThan(0);
});

test("what changes as fast as it is copied is frozen in the end", () => {
  const pull = new Pull(1);
  let i = 0;
  for (let steps = 0; steps < 10 * CHUNKS_IN_VAIN_MAX && pull.receiver.statusOf(KEY).kind === "pulling"; steps++) {
    if (pull.source.statusOf(KEY).kind === "leaving") {
      const value = "x".repeat(Math.ceil((2 * CHUNK_BYTES.most) / (3 * FREEZE_CHANGES_MAX)));
      for (let written = 0; written < 3 * FREEZE_CHANGES_MAX; written++) pull.source.put(`${KEY}${String(i++ % 3_000)}`, value);
    }
    pull.step();
  }
  expect(pull.receiver.statusOf(KEY).kind).toBe("serving");
});

test("what is not known is asked again", () => {
  const pull = new Pull();
  pull.errand.next();
  expect(pull.errand.answered(unknown("deadline"), 0)).toBeGreaterThan(0);
  expect(pull.errand.answered(done(new Uint8Array(0)), 0)).toBeGreaterThan(0);
  expect(pull.errand.answered(done(utf8("nonsense")), 0)).toBeGreaterThan(0);
  expect(pull.errand.proposalEnded(unknown("leadershipLost"), 0)).toBeGreaterThan(0);
  pull.run();
});

test("F55: a member that can't tell, because it is cut off from its group, is not asked again and again", () => {
  const pull = new Pull();
  const behind = new ShardedGroup("1");
  behind.adopt(configurationOf(1, 2, { [KEY]: 1 }));
  const elsewhere = (): unknown => {
    const action = pull.errand.next();
    if (action?.kind !== "ask" || action.question.to !== "group") throw new Error("it asks");
    pull.errand.answered(behind.machine.query(action.question.operation.bytes), 0);
    return action.question.elsewhere;
  };
  expect([elsewhere(), elsewhere()]).toEqual([false, true]);
  pull.run();
  expect(pull.steps).toContain("freeze");
});
