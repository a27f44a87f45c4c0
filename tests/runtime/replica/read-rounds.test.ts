import { utf8 } from "../../../core/base/bytes.ts";
import { asIndex, asTerm } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import type { KvQuery } from "../../../core/kv/commands.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import type { MemberView } from "../../../runtime/replica/member.ts";
import type { Looked } from "../../../runtime/replica/read-rounds.ts";
import { READ_ATTEMPT_MS, ReadRounds } from "../../../runtime/replica/read-rounds.ts";
import { ManualClock } from "../manual-clock.ts";

type Question = { readonly timeoutMs: number; readonly answer: (outcome: Outcome<Reply>) => void };

const turn = () => new Promise((resolve) => setImmediate(resolve));
const getOf = (key: string): KvQuery => ({ kind: "get", key: utf8(key) });
const PLACE: Reply = { kind: "result", result: new Uint8Array(1), term: asTerm(3), index: asIndex(9) };

/** A member whose replica is asked and answered by hand, and whose state answers with the number of looks into it. */
class World {
  readonly questions: Question[] = [];
  readonly told: (readonly [name: string, outcome: Outcome<Looked>])[] = [];
  readonly rounds: ReadRounds;
  looks = 0;
  readonly #clock = new ManualClock();

  constructor({ isBorn = true } = {}) {
    const look = () => done({ kind: "written", version: ++this.looks, revision: 0 });
    const host = { ask: (_: unknown, timeoutMs: number, answer: Question["answer"]) => void this.questions.push({ timeoutMs, answer }) };
    const waiting = { reasons: ["place 2 does not answer"], recovery: null };
    const member = { life: isBorn ? { host, machine: { look } } : null, waiting } as unknown as MemberView<ShardedStateMachine>;
    this.rounds = new ReadRounds({ member, clock: this.#clock });
  }

  read(name: string, withinMs: number): void {
    const untilMs = this.#clock.monotonicMs() + withinMs;
    this.rounds.add({ query: getOf(name), untilMs, answer: (outcome) => this.told.push([name, outcome]) });
  }

  answer(outcome: Outcome<Reply>): void {
    this.questions.shift()?.answer(outcome);
  }
}

const looked = (version: number): Outcome<Looked> =>
  done({ kind: "looked", result: { kind: "written", version, revision: 0 }, term: asTerm(3), index: asIndex(9) });

test("reads of one turn share a question, and look once it is answered, each for itself", async () => {
  const world = new World();
  world.read("a", 5_000);
  world.read("b", 5_000);
  await turn();
  expect([world.questions.length, world.looks]).toEqual([1, 0]);
  world.answer(done(PLACE));
  expect(world.told).toEqual([
    ["a", looked(1)],
    ["b", looked(2)],
  ]);
});

test("a read that comes after the question was asked is not answered by it", async () => {
  const world = new World();
  world.read("a", 5_000);
  await turn();
  world.read("b", 5_000);
  world.answer(done(PLACE));
  expect(world.told).toEqual([["a", looked(1)]]);
  await turn();
  world.answer(done(PLACE));
  expect(world.told[1]).toEqual(["b", looked(2)]);
});

test("a question has the time of the one that waits longest, and never more than an attempt may take", async () => {
  const world = new World();
  world.read("a", 10);
  world.read("b", 300);
  await turn();
  world.read("c", 60_000);
  await turn();
  expect(world.questions.map(({ timeoutMs }) => timeoutMs)).toEqual([300, READ_ATTEMPT_MS]);
});

test("what the question is refused for is the answer of all; an answer that is none says nothing", async () => {
  const world = new World();
  const noQuorum = refused("noQuorum", "nobody confirms");
  for (const name of ["a", "b"]) world.read(name, 5_000);
  await turn();
  world.answer(noQuorum);
  world.read("c", 5_000);
  await turn();
  world.answer(done({ kind: "accepted", term: asTerm(3) }));
  expect(world.told).toEqual([
    ["a", noQuorum],
    ["b", noQuorum],
    ["c", { kind: "unknown", after: "internal" }],
  ]);
  expect(world.looks).toBe(0);
});

test("a member that waits for its group says so", async () => {
  const world = new World({ isBorn: false });
  world.read("a", 5_000);
  await turn();
  expect(world.told).toEqual([["a", refused("starting", "this member is waiting: place 2 does not answer")]]);
});
