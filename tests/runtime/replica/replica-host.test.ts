import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Place } from "../../../core/raft/membership.ts";
import { eventually, sleep } from "../manual-clock.ts";
import { freePort } from "../peers/peer-fixture.ts";
import type { MemberOptions } from "./real-member.ts";
import { RealMember } from "./real-member.ts";

async function freePlaces(size: number): Promise<readonly Place[]> {
  const places: Place[] = [];
  for (let ordinal = 0; ordinal < size; ordinal++) places.push({ ordinal, address: `127.0.0.1:${await freePort()}` });
  return places;
}

class Group {
  readonly members = new Map<number, RealMember>();
  #options: Omit<MemberOptions, "ordinal" | "directory">;
  readonly #root = mkdtempSync(join(tmpdir(), "flotilla-"));

  constructor(options: Omit<MemberOptions, "ordinal" | "directory">) {
    this.#options = options;
  }

  static async of(size: number, options: Partial<MemberOptions> = {}): Promise<Group> {
    const places = await freePlaces(size);
    const group = new Group({ ...options, places });
    for (const { ordinal } of places) await group.start(ordinal);
    return group;
  }

  /** All of them start again at other addresses. */
  async move(): Promise<void> {
    const { places: before } = this.#options;
    for (const { ordinal } of before) await this.kill(ordinal);
    this.#options = { ...this.#options, founded: before, places: await freePlaces(before.length) };
    for (const { ordinal } of before) await this.start(ordinal);
  }

  async start(ordinal: number): Promise<RealMember> {
    const member = await RealMember.start({ ...this.#options, ordinal, directory: join(this.#root, String(ordinal)) });
    this.members.set(ordinal, member);
    return member;
  }

  async kill(ordinal: number): Promise<void> {
    const member = this.members.get(ordinal);
    this.members.delete(ordinal);
    await member?.kill();
  }

  async leader(): Promise<{ readonly ordinal: number; readonly member: RealMember }> {
    const leading = () => [...this.members].find(([, member]) => member.isLeader);
    await eventually("a leader", () => leading() !== undefined, 10_000);
    const [ordinal, member] = leading() as [number, RealMember];
    return { ordinal, member };
  }

  async close(): Promise<void> {
    for (const member of this.members.values()) await member.kill();
    rmSync(this.#root, { recursive: true });
  }
}

let group: Group;
afterEach(async () => {
  await group.close();
});

const valueOf = async (member: RealMember, key: string): Promise<string | null> => {
  const result = await member.get(key);
  return result?.kind === "found" ? Buffer.from(result.value).toString() : null;
};

test("a group of three elects, writes, reads everywhere, and goes on without its leader", async () => {
  group = await Group.of(3);
  const first = await group.leader();
  expect(await first.member.put("a", "1")).toMatchObject({ kind: "done" });
  for (const member of group.members.values()) expect(await valueOf(member, "a")).toBe("1");

  await group.kill(first.ordinal);
  const msMax = 30_000;
  const told = [...group.members.values()].map((member) => member.host.untilLeader(msMax).then(() => member.host.status().raft.leader));
  const second = await group.leader();
  expect(new Set(await Promise.all(told))).toEqual(new Set([second.member.host.status().raft.leader]));
  expect(second.ordinal).not.toBe(first.ordinal);
  expect(await second.member.put("b", "2")).toMatchObject({ kind: "done" });

  const back = await group.start(first.ordinal);
  await eventually("the old leader follows", () => back.host.status().appliedIndex >= second.member.host.status().appliedIndex);
  expect(await valueOf(back, "a")).toBe("1");
  expect(await valueOf(back, "b")).toBe("2");
  const digests = [...group.members.values()].map((member) => member.host.status().stateDigest);
  expect(new Set(digests.filter(({ index }) => index === digests[0]?.index).map(({ digest }) => digest)).size).toBe(1);
  expect([...group.members.values()].flatMap(({ endings }) => endings)).toEqual([]);
}, 30_000);

test("many writes at once share few disk writes, and a member that comes late gets a snapshot", async () => {
  group = await Group.of(3, { snapshotEntries: 300, trailingEntries: 10 });
  const { ordinal, member } = await group.leader();
  const late = (ordinal + 1) % 3;
  await group.kill(late);
  const outcomes = await Promise.all(Array.from({ length: 2_000 }, (_, i) => member.put(`key-${i}`, "x".repeat(200), 10_000)));
  expect(outcomes.every(({ kind }) => kind === "done")).toBe(true);
  await eventually("a snapshot", () => member.host.status().raft.baseIndex > 100);

  const back = await group.start(late);
  await eventually("it is installed", () => back.observations.some((each) => each.kind === "restored"), 15_000);
  await eventually("it has caught up", () => back.host.status().appliedIndex >= member.host.status().appliedIndex, 15_000);
  expect(await valueOf(back, "key-1999")).toBe("x".repeat(200));

  const text = await member.metrics.text();
  expect(text).toMatch(/flotilla_raft_proposals_total\{result="done"\} 2000/);
  expect(text).toMatch(/flotilla_snapshots_total\{event="taken"\} [1-9]/);
  // On a slow machine another may lead by now.
  const leading = await (await group.leader()).member.metrics.text();
  expect(leading).toMatch(/flotilla_raft_role\{group="1",role="leader"\} 1/);
  expect(leading).toMatch(/flotilla_raft_peer_lag_entries\{peer="\d"\} 0/);

  // A restart restores from its snapshot before it serves.
  await group.kill(late);
  const again = await group.start(late);
  await eventually("it serves", () => again.host.status().stage === "serving");
  expect(await valueOf(again, "key-0")).toBe("x".repeat(200));
}, 60_000);

test("who asks a follower is told who leads; who gives up is forgotten; who waits at the end is told so", async () => {
  group = await Group.of(3);
  const { ordinal, member } = await group.leader();
  const follower = [...group.members].find(([other]) => other !== ordinal)?.[1] as RealMember;
  const answer = await follower.put("a", "1");
  expect(answer).toMatchObject({ kind: "refused", refusal: { code: "notLeader" } });

  for (const other of [...group.members.keys()]) if (other !== ordinal) await group.kill(other);
  const abort = new AbortController();
  const query = { kind: "read", query: new Uint8Array(0), consistency: "linearizable" } as const;
  const abandoned = member.host.request(query, { timeoutMs: 60_000, signal: abort.signal });
  const waiting = member.host.request(query, { timeoutMs: 60_000 });
  await sleep(20);
  expect(member.host.waiting).toBe(2);
  abort.abort();
  expect(await abandoned).toEqual({ kind: "unknown", after: "connectionLost" });
  expect(member.host.waiting).toBe(1);
  member.host.end();
  expect(await waiting).toEqual({ kind: "unknown", after: "shutdown" });
  expect(await member.put("late", "1")).toMatchObject({ kind: "refused", refusal: { code: "shuttingDown" } });
}, 30_000);

test("writes that wait for those under way reach the group though these never end", async () => {
  group = await Group.of(3);
  const { ordinal, member } = await group.leader();
  for (const other of [...group.members.keys()]) if (other !== ordinal) await group.kill(other);
  const timeoutMs = 400;
  const first = Array.from({ length: 10 }, (_, i) => member.put(`first-${i}`, "1", timeoutMs));
  await eventually("they are under way", () => member.host.status().pendingWrites === 10);
  const second = Array.from({ length: 5 }, (_, i) => member.put(`second-${i}`, "1", timeoutMs));
  expect(member.host.waiting).toBe(15);
  await eventually("so are those", () => member.host.status().pendingWrites === 15);
  expect(await Promise.all([...first, ...second])).toEqual(Array(15).fill({ kind: "unknown", after: "deadline" }));
}, 30_000);

test("a group that was moved to other addresses finds itself where the configuration says", async () => {
  group = await Group.of(3);
  expect(await (await group.leader()).member.put("a", "1")).toMatchObject({ kind: "done" });
  await group.move();
  const { member } = await group.leader();
  for (const each of group.members.values()) expect(await valueOf(each, "a")).toBe("1");
  const { places } = member.host.status().raft.membership;
  const addresses = [...group.members.values()].map(({ place }) => place.address);
  expect(Object.values(places).map(({ address }) => address)).toEqual(addresses);
}, 30_000);

test("a member that drains hands leadership over before it goes", async () => {
  group = await Group.of(3);
  const { ordinal, member } = await group.leader();
  await member.put("a", "1");
  const startMs = performance.now();
  await member.host.drain(AbortSignal.timeout(5_000));
  expect(performance.now() - startMs).toBeLessThan(3_000);
  expect(member.isLeader).toBe(false);
  await group.kill(ordinal);
  const next = await group.leader();
  expect(await next.member.put("b", "2")).toMatchObject({ kind: "done" });
}, 30_000);
