// The single endpoint, whose member asks two of another group, one millisecond away, in simulated time: who leads there it hears four times
// a second, and from whoever does not lead any more.
import { asGroup, asIndex, asTerm } from "../../../core/base/ids.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import type { RefusalCode } from "../../../core/base/outcome.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { encodeResult } from "../../../core/kv/results.ts";
import { GroupLeaders } from "../../../runtime/redis/cluster/group-leaders.ts";
import type { ForwardingGateOptions } from "../../../runtime/redis/forwarding-gate.ts";
import { ForwardingGate } from "../../../runtime/redis/forwarding-gate.ts";
import { Patience } from "../../../runtime/redis/ordering/patience.ts";
import { SlotQueue } from "../../../runtime/redis/ordering/slot-queue.ts";
import { StoreFixture } from "./store-fixture.ts";

const [OWN, OTHER] = [asGroup("1"), asGroup("2")];
const [A, B] = ["http://a", "http://b"];
const APART_MS = 1;
const nowMs = (): number => Date.now();

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

class World {
  /** Whom each of them takes for the leader. */
  readonly leaderAt = new Map([
    [A, A],
    [B, A],
  ]);
  refusal: RefusalCode = "notLeader";
  /** What was asked, with whom. */
  readonly asked: string[] = [];
  readonly answered: string[] = [];
  readonly #leaders = new GroupLeaders({
    own: OWN,
    groups: () => [OTHER],
    membersOf: () => [A, B].map((http) => ({ peer: "p:1", http, redis: null })),
    statusAt: (origin) => Promise.resolve({ group: OTHER, leaderHttp: this.leaderAt.get(origin) }),
    isWanted: () => true,
  });
  readonly #gate = new ForwardingGate({
    gate: { ask: (_request, _command, asker) => asker.settle({ kind: "moved", node: this.#nodeAsked() }) },
    cluster: { leads: (group, origin) => this.#leaders.leads(group, origin) },
    clock: { monotonicMs: nowMs, wallMs: nowMs },
    open: (origin) => this.#streamTo(origin),
  });
  readonly #queue = new SlotQueue(0, { nowMs, onEmpty: () => undefined });

  async begin(): Promise<void> {
    this.#leaders.start();
    await jest.advanceTimersByTimeAsync(250);
  }

  end(): void {
    this.#leaders.end();
    this.#gate.close();
  }

  /** Writes of one connection to one slot. */
  write(...names: readonly string[]): void {
    for (const name of names) {
      const patience = new Patience(nowMs());
      this.#queue.add({
        kind: "write",
        patience,
        ask: (attempt) => {
          const request = { slot: 0, shard: 0, session: null, untilMs: patience.untilMs, isReadonly: false };
          this.#gate.ask(request, { kind: "write", bytes: utf8(name) }, attempt);
        },
        answer: ({ kind }) => this.answered.push(`${name} ${kind}`),
      });
    }
  }

  #nodeAsked() {
    const http = this.#leaders.leaderOf(OTHER) ?? A;
    return { id: http, group: OTHER, host: "h", port: 1, http };
  }

  #streamTo(origin: string): ReturnType<ForwardingGateOptions["open"]> {
    const stream = {
      isEnded: false,
      leader: null as string | null,
      close: () => undefined,
      ask: async ({ body }: { readonly body: Uint8Array }) => {
        await new Promise((resolve) => setTimeout(resolve, APART_MS));
        this.asked.push(`${textOf(body)} ${origin}`);
        const leader = this.leaderAt.get(origin) ?? null;
        if (leader === origin && this.refusal !== "transferring")
          return done({ body: encodeResult({ kind: "absent" }), term: asTerm(2), index: asIndex(1) });
        stream.leader = leader;
        return refused(this.refusal, "not me");
      },
    };
    return stream;
  }
}

test("when a leader has handed over, whoever it names is asked at once, everything of the slot in its order", async () => {
  const world = new World();
  await world.begin();
  world.write("w0");
  await jest.advanceTimersByTimeAsync(APART_MS);
  expect(world.asked.splice(0)).toEqual(["w0 http://a"]);
  for (const member of [A, B]) world.leaderAt.set(member, B);
  world.write("w1", "w2");
  await jest.advanceTimersByTimeAsync(2 * APART_MS);
  expect(world.asked).toEqual(["w1 http://a", "w2 http://a", "w1 http://b", "w2 http://b"]);
  expect(world.answered).toEqual(["w0 result", "w1 result", "w2 result"]);
  world.write("w3");
  await jest.advanceTimersByTimeAsync(APART_MS);
  expect(world.asked.at(-1)).toBe("w3 http://b");
  world.end();
});

test("what this member has too much to apply for is handed to its leader", async () => {
  const fixture = new StoreFixture();
  fixture.leader = 1;
  fixture.instead.push(refused("starting", "much to apply"));
  const opened: string[] = [];
  const answer = done({ body: encodeResult({ kind: "absent" }), term: asTerm(2), index: asIndex(1) });
  const { gate: own, cluster } = fixture;
  const gate = new ForwardingGate({
    ...{ gate: own, cluster, clock: { monotonicMs: nowMs, wallMs: nowMs } },
    open: (origin) => {
      opened.push(origin);
      return { isEnded: false, leader: null, close: () => undefined, ask: () => Promise.resolve(answer) };
    },
  });
  const settled: string[] = [];
  const request = { slot: 0, shard: 0, session: null, untilMs: nowMs() + 5_000, isReadonly: true };
  const query = { kind: "get", key: utf8("a") } as const;
  gate.ask(request, { kind: "read", query }, { settle: ({ kind }) => settled.push(kind) });
  await jest.advanceTimersByTimeAsync(APART_MS);
  expect([opened, settled]).toEqual([["http://127.0.0.1:7411"], ["result"]]);
});

test("while it hands over, and knows of nobody else, it is asked again after a moment", async () => {
  const world = new World();
  await world.begin();
  world.refusal = "transferring";
  world.write("w1");
  await jest.advanceTimersByTimeAsync(APART_MS + 14);
  expect(world.asked).toEqual(["w1 http://a"]);
  world.refusal = "notLeader";
  for (const member of [A, B]) world.leaderAt.set(member, B);
  await jest.advanceTimersByTimeAsync(1 + 2 * APART_MS);
  expect(world.asked).toEqual(["w1 http://a", "w1 http://a", "w1 http://b"]);
  expect(world.answered).toEqual(["w1 result"]);
  world.end();
});

test("two that name each other are asked no more often than with pauses", async () => {
  const world = new World();
  await world.begin();
  world.leaderAt.set(A, B);
  world.leaderAt.set(B, A);
  world.write("w1");
  await jest.advanceTimersByTimeAsync(170);
  expect(world.asked.length).toBeLessThanOrEqual(2 * 11);
  world.end();
});
