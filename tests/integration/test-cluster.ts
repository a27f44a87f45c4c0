// Three real replicas on loopback for a case: started, killed, paused, wiped. Whatever ends although the case did not end it
// is remembered; a member that set its data aside is started again, as its launcher would.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ReplicaStatus } from "../../client/cli/local-group.ts";
import { fetchJson } from "../../client/cli/fetch-json.ts";
import { LocalGroup } from "../../client/cli/local-group.ts";
import type { LocalReplica } from "../../client/cli/local-replica.ts";
import type { Exit } from "../../client/cli/local/local-process.ts";
import { KvClient } from "../../client/kv-client.ts";
import { EXIT_CODES } from "../../runtime/exit-codes.ts";
import type { Trouble } from "./controlled-files.ts";
import { setTrouble } from "./controlled-files.ts";
import { bundledTestProgram, productOf } from "./bundled.ts";
import { freePorts } from "./free-ports.ts";
import type { SyncPolicy } from "./unsynced-bytes.ts";
import { check, eventually } from "./test-case.ts";

export type Layer = "product" | "alterableMemory" | "controlled" | { readonly unsyncedLoss: SyncPolicy };

export type TestClusterOptions = {
  readonly directory: string;
  readonly layer?: Layer;
  readonly environment?: Readonly<Record<string, string>>;
};

export type UnexpectedEnd = { readonly ordinal: number; readonly exit: Exit };

const ROOT = join(import.meta.dirname, "../..");
/** Processes start many times here; what was compiled once need not be compiled again. */
export const FAST_STARTS = { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/flotilla") };
const ALTERABLE_MEMORY = join(ROOT, "tests/integration/replica-with-alterable-memory.ts");
const OTHER_FILES = "tests/integration/replica-with-other-files.ts";
const MEMBERS = 3;
const END_DEADLINE_MS = 10_000;

function programOf(layer: Layer): string {
  if (layer === "product") return productOf("replica");
  return layer === "alterableMemory" ? ALTERABLE_MEMORY : bundledTestProgram(OTHER_FILES);
}

export class TestCluster {
  readonly group: LocalGroup;
  readonly #layer: Layer;
  readonly #directory: string;
  readonly #expected = new Set<number>();
  readonly #unexpected: UnexpectedEnd[] = [];
  #setAside = 0;
  #isOver = false;

  private constructor(group: LocalGroup, { directory, layer = "product" }: TestClusterOptions) {
    this.group = group;
    this.#layer = layer;
    this.#directory = directory;
  }

  static async create(options: TestClusterOptions): Promise<TestCluster> {
    const { directory, layer = "product", environment = {} } = options;
    const program = [programOf(layer)];
    const group = new LocalGroup({
      directory,
      ports: await freePorts(MEMBERS),
      program,
      environment: { ...process.env, ...FAST_STARTS, ...environment },
    });
    return new TestCluster(group, options);
  }

  get ordinals(): readonly number[] {
    return this.group.replicas.map(({ ordinal }) => ordinal);
  }

  get unexpectedEnds(): readonly UnexpectedEnd[] {
    return this.#unexpected;
  }

  /** How often a member set its data aside and began anew. */
  get setAside(): number {
    return this.#setAside;
  }

  replica(ordinal: number): LocalReplica {
    return this.group.replica(ordinal);
  }

  isRunning(ordinal: number): boolean {
    return this.replica(ordinal).pid !== null;
  }

  start(ordinal: number): void {
    this.#expected.delete(ordinal);
    const replica = this.replica(ordinal);
    replica.start({ environment: this.#files(replica) });
    void replica.exit.then((exit) => this.#ended(ordinal, exit));
  }

  startAll(): void {
    for (const ordinal of this.ordinals) if (!this.isRunning(ordinal)) this.start(ordinal);
  }

  async kill(...ordinals: readonly number[]): Promise<void> {
    await this.#signal("SIGKILL", ordinals);
  }

  async terminate(...ordinals: readonly number[]): Promise<void> {
    await this.#signal("SIGTERM", ordinals);
  }

  pause(ordinal: number): void {
    this.replica(ordinal).signal("SIGSTOP");
  }

  resume(ordinal: number): void {
    this.replica(ordinal).signal("SIGCONT");
  }

  /** Its disk is gone. It must not run. */
  wipe(ordinal: number): void {
    check(!this.isRunning(ordinal), `replica ${ordinal} is down before it is wiped`);
    rmSync(this.replica(ordinal).dataDir, { recursive: true, force: true });
    rmSync(this.#staging(this.replica(ordinal)), { recursive: true, force: true });
  }

  /** For the layer "controlled". */
  trouble(ordinal: number, trouble: Trouble): void {
    setTrouble(this.#controlFile(this.replica(ordinal)), trouble);
  }

  /** The next end of this member is part of the case. */
  expectEnd(ordinal: number): Promise<Exit> {
    this.#expected.add(ordinal);
    return this.replica(ordinal).exit;
  }

  status(ordinal: number): Promise<ReplicaStatus | null> {
    return this.group.status(ordinal);
  }

  /** Of one that runs: on a busy machine a question may get no answer, which says nothing. */
  told(ordinal: number): Promise<ReplicaStatus> {
    return eventually(`replica ${ordinal} answers`, () => this.status(ordinal));
  }

  async get(ordinal: number, path: string): Promise<unknown> {
    return fetchJson(`${this.replica(ordinal).origin}${path}`);
  }

  untilLeader(deadlineMs = 15_000): Promise<ReplicaStatus> {
    return this.group.untilLeader(deadlineMs);
  }

  /** A write is acknowledged. */
  async untilServing(deadlineMs = 15_000): Promise<void> {
    const client = new KvClient({ endpoints: this.group.origins, attemptMs: 500 });
    const outcome = await client.put("probe", `${performance.now()}`, { deadlineMs });
    await client.close();
    check(outcome.kind === "done", `the group serves within ${deadlineMs} ms: ${JSON.stringify(outcome)}; ${await this.describe()}`);
  }

  /** All run and listen, whatever they are waiting for. */
  async untilAllAnswer(deadlineMs = 60_000): Promise<void> {
    for (const ordinal of this.ordinals) await eventually(`replica ${ordinal} answers`, () => this.status(ordinal), { deadlineMs });
  }

  /** All run, vote, and have applied what the leader had committed. */
  async untilWhole(deadlineMs = 20_000): Promise<void> {
    const target = Number((await this.untilLeader(deadlineMs))["commitIndex"]);
    await eventually(
      `all have applied ${target} and vote`,
      async () => {
        const statuses = await Promise.all(this.ordinals.map((ordinal) => this.status(ordinal)));
        return statuses.every((status) => status !== null && Number(status["appliedIndex"]) >= target && status.role !== "learner");
      },
      { deadlineMs },
    );
  }

  /** What a member's log says about an event. It gets there a moment after the event, so that is waited for. */
  untilLogged(ordinal: number, event: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return eventually(`the log of replica ${ordinal} says ${event}`, () => {
      const lines = this.logged(ordinal, event);
      return lines.length === 0 ? null : lines;
    });
  }

  checkNobodyEnded(): void {
    const told = this.#unexpected.map(({ ordinal, exit }) => `replica ${ordinal}: code ${exit.code}, ${exit.signal}, ${exit.lastWords}`);
    check(told.length === 0, `nobody ends by itself; ${told.join("; ")}`);
  }

  async describe(): Promise<string> {
    const told = this.ordinals.map(async (ordinal) => {
      const status = await this.status(ordinal);
      const { role, term, leader, waiting, commitIndex } = (status ?? {}) as Record<string, unknown>;
      return `replica ${ordinal} ${this.isRunning(ordinal) ? JSON.stringify({ role, term, leader, commitIndex, waiting }) : "down"}`;
    });
    return (await Promise.all(told)).join("; ");
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.group.stop(END_DEADLINE_MS);
  }

  /** What its log says about an event so far. */
  logged(ordinal: number, event: string): readonly Readonly<Record<string, unknown>>[] {
    // The last line may be half written.
    const lines = readFileSync(this.replica(ordinal).logFile, "utf8").split("\n").slice(0, -1);
    return lines.filter((line) => line.includes(`"event":"${event}"`)).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async #signal(signal: NodeJS.Signals, ordinals: readonly number[]): Promise<void> {
    const running = ordinals.filter((ordinal) => this.isRunning(ordinal));
    for (const ordinal of running) this.#expected.add(ordinal);
    for (const ordinal of running) this.replica(ordinal).signal(signal);
    await Promise.all(running.map((ordinal) => this.replica(ordinal).exit));
  }

  #ended(ordinal: number, exit: Exit): void {
    if (this.#isOver || this.#expected.has(ordinal)) return;
    if (exit.code === EXIT_CODES.startBlank) {
      this.#setAside += 1;
      this.start(ordinal);
    } else this.#unexpected.push({ ordinal, exit });
  }

  #files(replica: LocalReplica): Readonly<Record<string, string>> {
    if (this.#layer === "product" || this.#layer === "alterableMemory") return {};
    const layer =
      this.#layer === "controlled"
        ? { kind: "controlled", controlFile: this.#controlFile(replica) }
        : { kind: "unsyncedLoss", syncs: this.#layer.unsyncedLoss, stagingDirectory: this.#staging(replica) };
    return { TEST_FILES: JSON.stringify(layer) };
  }

  #staging(replica: LocalReplica): string {
    return `${replica.dataDir}-staging`;
  }

  #controlFile(replica: LocalReplica): string {
    return join(this.#directory, `trouble-${replica.ordinal}.json`);
  }
}
