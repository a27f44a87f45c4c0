// The labs that measure time, calls or bytes, once more on real processes: their sockets, their disks, their clocks.
// The thresholds are the same. What a client is promised under faults is tests/integration's to check.
import type { RequestStream } from "../../../runtime/http/asking-stream.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { ATTEMPT_MS_MAX, ATTEMPT_POLL_MS } from "../agreement.ts";
import { isWithin } from "../figures.ts";
import type { Figures, Threshold } from "../figures.ts";
import { ELECTION_MS } from "../lab.ts";
import { SNAPSHOT_INTERVAL } from "../list-service.ts";
import { BIG_COMMANDS, COMMAND_BYTES, TRAFFIC } from "../raft-3b.ts";
import { LOG_SIZE, ROUNDS } from "../raft-3d.ts";
import { AGREEMENT_CALLS, COMMANDS, ELECTION_CALLS, IDLE_CALLS } from "../rpc-count.ts";
import { HEAL, LOG_SIZE_OF_RSM, SHUTDOWN, STATE_BYTES_MAX, SUBMISSIONS } from "../rsm-4a.ts";
import { demand, LabFailure } from "../script.ts";
import { pause, put } from "./process-group.ts";
import type { ProcessGroup, Settings } from "./process-group.ts";

/** Bounded: only as many rounds as it takes to do each kind of them. */
export type LabLength = "bounded" | "original";

export type ProcessLab = {
  readonly name: string;
  readonly settings: Settings;
  readonly run: (group: ProcessGroup, figures: Figures, length: LabLength) => Promise<void>;
};

const TRAILING_ENTRIES = 1;
const TRAILING: Settings = { FLOTILLA_TRAILING_ENTRIES: String(TRAILING_ENTRIES) };
const SNAPSHOTS: Settings = { ...TRAILING, FLOTILLA_SNAPSHOT_ENTRIES: String(SNAPSHOT_INTERVAL) };
const SMALL_STATE: Settings = { ...TRAILING, FLOTILLA_SNAPSHOT_BYTES: String(STATE_BYTES_MAX) };

export const PROCESS_LABS: readonly ProcessLab[] = [
  { name: "TestRPCBytes3B", settings: {}, run: rpcBytes },
  { name: "TestCount3B", settings: {}, run: rpcCount },
  { name: "TestSnapshotBasic3D", settings: SNAPSHOTS, run: snapshotBasic },
  { name: "TestSnapshotInstallCrash3D", settings: SNAPSHOTS, run: snapshotInstallCrash },
  { name: "TestLeaderPartition4A", settings: {}, run: leaderPartition },
  { name: "TestShutdown4A", settings: {}, run: shutDown },
  { name: "TestSnapshot4C", settings: SMALL_STATE, run: snapshot },
];

/** As long as the labs' random integers. */
const SMALL_BYTES = 19;

async function rpcBytes(group: ProcessGroup, figures: Figures): Promise<void> {
  const stream = await streamToLeader(group);
  await agreeOn(group, put(stream, 0, SMALL_BYTES));
  const before = group.peerBytes;
  for (let i = 1; i <= BIG_COMMANDS; i++) await agreeOn(group, put(stream, i, COMMAND_BYTES));
  figures.measure(TRAFFIC, group.peerBytes - before);
  stream.close();
}

const ATTEMPTS = 5;

async function rpcCount(group: ProcessGroup, figures: Figures): Promise<void> {
  await group.leader();
  await pause(ELECTION_MS / 2);
  const elected = await group.calls();
  demand(elected >= 1, () => "a leader was elected without a call");
  figures.measure(ELECTION_CALLS, elected);
  figures.measure(AGREEMENT_CALLS, await callsForAgreement(group));
  const before = await group.calls();
  await pause(ELECTION_MS);
  figures.measure(IDLE_CALLS, (await group.calls()) - before);
}

async function callsForAgreement(group: ProcessGroup): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const stream = await streamToLeader(group);
    const terms = await group.terms();
    const before = await group.calls();
    const puts = Array.from({ length: COMMANDS + 2 }, (_, i) => put(stream, i, SMALL_BYTES));
    const outcomes = await Promise.all(puts);
    await group.agreement();
    const calls = (await group.calls()) - before;
    stream.close();
    const isSameTerm = new Set([...terms, ...(await group.terms())]).size === 1;
    if (isSameTerm && outcomes.every(({ kind }) => kind === "done")) return calls;
  }
  throw new LabFailure("the term changed too often");
}

async function snapshotBasic(group: ProcessGroup, figures: Figures): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await putMany(group, round);
    await group.agreement();
    await measureLog(group, figures);
  }
}

/** While snapshots are still being written. Shown, so that the wait below hides nothing. */
const LOG_SIZE_AT_ONCE: Threshold = { ...LOG_SIZE, name: "persisted state at first", limit: Infinity };

/** A snapshot on a real disk takes its time: it has as much as the labs give to one attempt at an agreement. */
async function measureLog(group: ProcessGroup, figures: Figures): Promise<void> {
  const untilMs = performance.now() + ATTEMPT_MS_MAX;
  let bytes = await group.logBytes();
  figures.measure(LOG_SIZE_AT_ONCE, bytes);
  while (!isWithin(LOG_SIZE, bytes) && performance.now() < untilMs) {
    await pause(ATTEMPT_POLL_MS);
    bytes = await group.logBytes();
  }
  figures.measure(LOG_SIZE, bytes);
}

/** In one of three it is the leader that is away. */
const ROUNDS_MIN = 3;

async function snapshotInstallCrash(group: ProcessGroup, figures: Figures, length: LabLength): Promise<void> {
  for (let round = 0; round < (length === "original" ? ROUNDS : ROUNDS_MIN); round++) {
    const leader = await group.leader();
    const victim = round % ROUNDS_MIN === 1 ? leader : (leader + 1) % group.places.length;
    await group.kill(victim);
    await outgrow(group, victim, round);
    group.start(victim);
    await group.untilRunning(victim);
    await group.agreement();
    demand((await group.snapshotPieces(victim)) > 0, () => "a member that was away for long needed no snapshot");
    await measureLog(group, figures);
  }
}

/** What is waited for here is no claim of the lab, only what it begins with. */
const OUTGROWN_MS_MAX = 20_000;

/** Snapshots are written beside the work: until all others have one so late that their logs don't reach back to what the one that is away may have. */
async function outgrow(group: ProcessGroup, victim: number, round: number): Promise<void> {
  const others = group.places.filter((place) => place !== victim);
  // Asked for once it is away: an entry of the group's own may have come until then.
  const known = Math.max(...(await Promise.all(others.map((place) => group.lastIndex(place)))));
  const untilMs = performance.now() + OUTGROWN_MS_MAX;
  for (let i = 0; i < 2 || !((await group.snapshotIndex(others)) > known + TRAILING_ENTRIES); i++) {
    demand(performance.now() < untilMs, () => "members take no snapshots");
    await putMany(group, round, others);
    await group.agreement(others);
  }
}

/** Between half an interval of snapshots and one and a half, all different numbers of them. */
async function putMany(group: ProcessGroup, round: number, places = group.places): Promise<void> {
  const count = SNAPSHOT_INTERVAL / 2 + ((round * 7) % SNAPSHOT_INTERVAL);
  const numbers = Array.from({ length: count }, (_, i) => i);
  await putAll(group, numbers, places);
}

/** By whichever of these leads: who leads no more refuses, as on a busy machine it may, and then the next is looked for, as the labs do. */
async function putAll(group: ProcessGroup, numbers: readonly number[], places = group.places): Promise<void> {
  let left = numbers;
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt++) {
    const stream = group.stream(await group.leader(places));
    const outcomes = await Promise.all(left.map((n) => put(stream, n, SMALL_BYTES)));
    stream.close();
    left = left.filter((_, i) => outcomes[i]?.kind !== "done");
  }
  demand(left.length === 0, () => `${left.length} puts were not done at ${ATTEMPTS} attempts`);
}

async function leaderPartition(group: ProcessGroup, figures: Figures): Promise<void> {
  const leader = await group.leader();
  const stream = await streamToLeader(group);
  await agreeOn(group, put(stream, 0, SMALL_BYTES));
  group.isolate(leader);
  const inVain = new Waiting(Array.from({ length: SUBMISSIONS }, (_, i) => put(stream, i, SMALL_BYTES)));
  await pause(10);
  await putInMajority(group, leader);
  await pause(1_000);
  demand(inVain.open > 0, () => "everything that was submitted in the minority has ended");
  const healedMs = performance.now();
  group.heal();
  const outcomes = await inVain.all;
  figures.measure(HEAL, performance.now() - healedMs);
  demand(
    outcomes.every(({ kind }) => kind !== "done"),
    () => "something that was submitted in the minority was done",
  );
  stream.close();
  await group.agreement();
}

async function putInMajority(group: ProcessGroup, isolated: number): Promise<void> {
  const majority = group.places.filter((place) => place !== isolated);
  const untilMs = performance.now() + 10_000;
  for (let n = 0; performance.now() < untilMs; n++) {
    const stream = group.stream(majority[n % majority.length] ?? 0);
    const outcome = await put(stream, 0, SMALL_BYTES);
    stream.close();
    if (outcome.kind === "done") return;
    await pause(50);
  }
  throw new LabFailure("the majority takes nothing");
}

async function shutDown(group: ProcessGroup, figures: Figures): Promise<void> {
  const leader = await group.leader();
  const stream = await streamToLeader(group);
  await agreeOn(group, put(stream, 0, SMALL_BYTES));
  const others = group.places.filter((place) => place !== leader);
  // With nobody to commit them, all of these wait when the leader is told to stop.
  for (const place of others) group.signal(place, "SIGSTOP");
  const waiting = new Waiting(Array.from({ length: SUBMISSIONS }, (_, i) => put(stream, i, SMALL_BYTES)));
  await pause(20);
  const stoppedMs = performance.now();
  group.signal(leader, "SIGTERM");
  demand(waiting.open === SUBMISSIONS, () => "something was answered without a majority");
  await waiting.all;
  figures.measure(SHUTDOWN, performance.now() - stoppedMs);
  for (const place of others) group.signal(place, "SIGCONT");
}

async function snapshot(group: ProcessGroup, figures: Figures): Promise<void> {
  const stream = await streamToLeader(group);
  for (let i = 0; i < SUBMISSIONS; i++) {
    if ((await put(stream, i, SMALL_BYTES)).kind !== "done") await putAll(group, [i]);
    if (i % 10 === 9) figures.measure(LOG_SIZE_OF_RSM, await group.logBytes());
  }
  stream.close();
  await Promise.all(group.places.map((place) => group.kill(place)));
  for (const place of group.places) group.start(place);
  const again = await streamToLeader(group);
  await agreeOn(group, put(again, 0, SMALL_BYTES));
  again.close();
}

/** What has been asked, and how much of it is still open. */
class Waiting {
  readonly all: Promise<readonly Outcome<unknown>[]>;
  open: number;

  constructor(asked: readonly Promise<Outcome<unknown>>[]) {
    this.open = asked.length;
    this.all = Promise.all(
      asked.map(async (each) => {
        const outcome = await each;
        this.open--;
        return outcome;
      }),
    );
  }
}

async function streamToLeader(group: ProcessGroup): Promise<RequestStream> {
  return group.stream(await group.leader());
}

async function agreeOn(group: ProcessGroup, asked: Promise<Outcome<unknown>>): Promise<void> {
  demandDone(await asked);
  await group.agreement();
}

function demandDone(outcome: Outcome<unknown>): void {
  demand(outcome.kind === "done", () => `a put was not done: ${JSON.stringify(outcome)}`);
}
