import { asCluster, asGroup, asIndex, asMember } from "../../core/base/ids.ts";
import { foundingMembership } from "../../core/raft/membership.ts";
import type { Place } from "../../core/raft/membership.ts";
import { Birth } from "../../core/replica/birth.ts";
import { DEFAULT_BIRTH_TIMING } from "../../core/replica/birth-state.ts";
import type { Waiting } from "../../core/replica/birth-state.ts";
import type { Identity } from "../../core/replica/identity.ts";
import type { EffectOf } from "../../runtime/birth-host.ts";
import { BIRTH_QUESTION, BirthHost } from "../../runtime/birth-host.ts";
import { systemClock } from "../../runtime/clock.ts";
import { SILENT } from "../../runtime/logger.ts";
import { PeerAsker } from "../../runtime/peers/peer-asker.ts";
import { PeerCounters } from "../../runtime/peers/peer-counters.ts";
import { PeerNames } from "../../runtime/peers/peer-names.ts";
import { PeerServer } from "../../runtime/peers/peer-server.ts";
import { eventually } from "./manual-clock.ts";
import { freePort } from "./peers/peer-fixture.ts";

const running: Process[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.end()));
});

class Process {
  readonly #server: PeerServer;
  readonly #asker = new PeerAsker(new PeerNames());
  readonly #host: BirthHost;
  readonly #place: Place;
  disk: Identity | null = null;
  became: EffectOf<"become"> | null = null;
  waiting: Waiting | null = null;
  readonly joins: EffectOf<"considerJoin">[] = [];

  constructor(places: readonly Place[], ordinal: number) {
    this.#place = places[ordinal] as Place;
    const options = { group: asGroup("1"), self: this.#place, places, cluster: null, boot: 1, timing: DEFAULT_BIRTH_TIMING };
    this.#host = new BirthHost({
      birth: new Birth(options),
      asker: this.#asker,
      clock: systemClock,
      saveIdentity: (identity, saved) => {
        this.disk = identity;
        setImmediate(saved);
      },
      onBecome: (effect) => (this.became = effect),
      onConsiderJoin: (effect) => {
        this.joins.push(effect);
        this.#host.tellJoinConsidered(effect, { accepted: false, removed: false, message: "not today" });
      },
      onWaiting: (waiting) => (this.waiting = waiting),
      onBeginAnew: (message) => {
        throw new Error(message);
      },
      onRefused: (message) => {
        throw new Error(message);
      },
    });
    this.#server = new PeerServer({
      self: () => null,
      onMessage: () => false,
      onIntroduced: () => undefined,
      questions: { [BIRTH_QUESTION]: (question) => this.#host.answer(question) },
      counters: new PeerCounters(),
      clock: systemClock,
      logger: SILENT,
    });
  }

  async start(): Promise<void> {
    const [host = "", port = ""] = this.#place.address.split(":");
    running.push(this);
    await this.#server.listen({ host, port: Number(port) });
    const fresh = { member: asMember(`m${this.#place.ordinal}-${Math.random()}`), cluster: asCluster(`c${this.#place.ordinal}`) };
    this.#host.start({ kind: "started", identity: this.disk, fresh });
  }

  answer(question: unknown): unknown {
    return this.#host.answer(question);
  }

  tellLeader(): void {
    if (this.became === null || this.disk === null) throw new Error("not a member yet");
    const membership = foundingMembership(this.became.founding.members);
    this.#host.tellStanding({ ...membership, index: asIndex(1) }, this.disk.member);
  }

  async end(): Promise<void> {
    this.#host.end();
    this.#asker.close();
    await this.#server.close();
  }
}

async function places(count: number): Promise<readonly Place[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
  return ports.map((port, ordinal) => ({ ordinal, address: `127.0.0.1:${port}` }));
}

test("three processes found one group over their peer ports, and a fourth disk joins it", async () => {
  const where = await places(3);
  const processes = where.map((_, ordinal) => new Process(where, ordinal));
  await Promise.all(processes.map((each) => each.start()));
  await eventually("all are born", () => processes.every(({ became }) => became !== null));
  expect(new Set(processes.map(({ became }) => became?.founding.cluster))).toEqual(new Set(["c0"]));
  for (const each of processes) each.tellLeader();
  expect(processes.map(({ waiting }) => waiting?.reasons)).toEqual([[], [], []]);

  await processes[2]?.end();
  const blank = new Process(where, 2);
  await blank.start();
  await eventually("the newcomer runs", () => blank.became !== null);
  expect(blank.disk).toMatchObject({ kind: "adopted", founding: { cluster: "c0" } });
  await eventually("it asks to join", () => (processes[0]?.joins.length ?? 0) > 0);
  expect(processes[0]?.joins[0]).toMatchObject({ member: blank.disk?.member, place: where[2] });
  await eventually("it hears why not", () => blank.waiting?.reasons.some((reason) => reason.includes("not today")) ?? false);
});

test("nonsense is refused and harms nobody", () => {
  const process = new Process([{ ordinal: 0, address: "127.0.0.1:1" }], 0);
  const from = { ordinal: 1, address: "x" };
  for (const nonsense of [null, 7, "hello", [], {}, { group: "1", from, body: { kind: "__proto__" } }, { group: "1", from, body: null }]) {
    expect(process.answer(nonsense)).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
  }
});
