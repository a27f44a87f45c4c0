// Three real replicas on loopback, each behind a relay, and what a lab wants to know of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalGroup } from "../../../client/cli/local-group.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { RequestStream } from "../../../runtime/http/asking-stream.ts";
import type { StreamResult } from "../../../runtime/http/asking-stream.ts";
import { productOf } from "../../integration/bundled.ts";
import { freePorts } from "../../integration/free-ports.ts";
import { LabFailure } from "../script.ts";
import { Relay } from "./relay.ts";

const SIZE = 3;
const START_MS_MAX = 60_000;
const POLL_MS = 10;
const METRICS_MS_MAX = 1_000;
/** How long one that runs may take to say what it is asked: on a busy machine a single question may get no answer, which says nothing. */
const TOLD_MS_MAX = 20_000;
/** How long everybody may take to apply what one has. */
const AGREEMENT_MS_MAX = 10_000;
const REQUEST_MS_MAX = 10_000;
/** The least that is allowed: every start writes some of them anew. */
const SEGMENT_BYTES = "4194304";
/** What asks; everything else is an answer. */
const CALLS = ["preVote", "vote", "append", "snapshotChunk", "readIndex", "campaignNow"];

export type Settings = Readonly<Record<`FLOTILLA_${string}`, string>>;

export class ProcessGroup {
  readonly #group: LocalGroup;
  readonly #relays: readonly Relay[];
  readonly #peerPorts: readonly number[];
  readonly #directory: string;

  private constructor(parts: { group: LocalGroup; relays: readonly Relay[]; peerPorts: readonly number[]; directory: string }) {
    this.#group = parts.group;
    this.#relays = parts.relays;
    this.#peerPorts = parts.peerPorts;
    this.#directory = parts.directory;
  }

  /** Starts them all. */
  static async open(settings: Settings): Promise<ProcessGroup> {
    const found = await freePorts(2 * SIZE);
    const [ports, behind] = [found.slice(0, SIZE), found.slice(SIZE)];
    const peerPorts = behind.map(({ peer }) => peer);
    const relays = await Promise.all(ports.map(({ peer: port }, i) => Relay.open({ port, targetPort: peerPorts[i] ?? 0 })));
    const directory = mkdtempSync(join(tmpdir(), "flotilla-labs-"));
    const environment = { ...process.env, FLOTILLA_LOG_LEVEL: "warn", FLOTILLA_SEGMENT_BYTES: SEGMENT_BYTES, ...settings };
    const group = new LocalGroup({ directory, ports, program: [productOf("replica")], environment });
    const processes = new ProcessGroup({ group, relays, peerPorts, directory });
    for (const place of processes.places) processes.start(place);
    return processes;
  }

  get places(): readonly number[] {
    return this.#group.replicas.map(({ ordinal }) => ordinal);
  }

  start(place: number): void {
    this.#group.replica(place).start({ environment: { FLOTILLA_PEER_PORT: String(this.#peerPorts[place]) } });
  }

  /** SIGKILL, and gone. */
  async kill(place: number): Promise<void> {
    this.signal(place, "SIGKILL");
    await this.#group.replica(place).exit;
  }

  signal(place: number, signal: NodeJS.Signals): void {
    this.#group.replica(place).signal(signal);
  }

  /** Nothing is kept, so nobody needs to end in good order. */
  async end(): Promise<void> {
    await Promise.all(this.places.map((place) => this.kill(place)));
    await Promise.all(this.#relays.map((relay) => relay.close()));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** One of these that serves: it has a configuration, so it knows that the shards are its own. */
  async leader(places: readonly number[] = this.places): Promise<number> {
    const untilMs = performance.now() + START_MS_MAX;
    while (performance.now() < untilMs) {
      const { ordinal } = await this.#group.untilLeader(START_MS_MAX);
      const number = (await this.#group.status(ordinal))?.["configNumber"];
      if (places.includes(ordinal) && typeof number === "number" && number > 0) return ordinal;
      await pause(POLL_MS);
    }
    throw new LabFailure(`none of ${places.join()} comes to lead and to serve`);
  }

  /** However long this machine takes to start it: what follows is measured from there. */
  async untilRunning(place: number): Promise<void> {
    const untilMs = performance.now() + START_MS_MAX;
    while ((await this.#metrics(place)) === "") {
      if (performance.now() > untilMs) throw new LabFailure(`replica ${place} does not start`);
      await pause(POLL_MS);
    }
  }

  /** In both directions, until `heal`. */
  isolate(place: number): void {
    this.#relays.forEach((relay, i) => relay.refuse(i === place ? this.places.filter((other) => other !== place) : [place]));
  }

  heal(): void {
    for (const relay of this.#relays) relay.refuse([]);
  }

  stream(place: number): RequestStream {
    return new RequestStream(this.#group.replica(place).origin);
  }

  /** What passed between members so far, with everything that HTTP adds. */
  get peerBytes(): number {
    return this.#relays.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Calls that reached a member, since it was started. */
  async calls(): Promise<number> {
    const pages = await Promise.all(this.places.map((place) => this.#told(place)));
    return pages.flatMap((page) => CALLS.map((kind) => received(page, kind))).reduce((sum, count) => sum + count, 0);
  }

  /** Pieces of snapshots that this member has got since it was started. */
  async snapshotPieces(place: number): Promise<number> {
    return received(await this.#told(place), "snapshotChunk");
  }

  async lastIndex(place: number): Promise<number> {
    return Math.max(...(await this.#each("flotilla_raft_last_index", [place])));
  }

  /** Where the newest snapshot that all of these members have at least ends. */
  async snapshotIndex(places: readonly number[]): Promise<number> {
    return Math.min(...(await this.#each("flotilla_raft_snapshot_index", places)));
  }

  /** Of all members, the largest log that a restart would have to read. */
  async logBytes(): Promise<number> {
    return Math.max(...(await this.#each("flotilla_raft_log_bytes")));
  }

  /** Until all members have applied what any of them has committed. */
  async agreement(places: readonly number[] = this.places): Promise<void> {
    const untilMs = performance.now() + AGREEMENT_MS_MAX;
    while (performance.now() < untilMs) {
      const committed = Math.max(...(await this.#each("flotilla_raft_commit_index", places)));
      const applied = Math.min(...(await this.#each("flotilla_raft_applied_index", places)));
      if (applied >= committed && committed > 0) return;
      await pause(POLL_MS);
    }
    throw new LabFailure("members don't come to agree");
  }

  async terms(): Promise<readonly number[]> {
    return this.#each("flotilla_raft_term");
  }

  #each(metric: string, places: readonly number[] = this.places): Promise<readonly number[]> {
    return Promise.all(places.map(async (place) => sumOf(await this.#told(place, metric), metric)));
  }

  /** What a member that runs says of itself; once it says this, too, which it may not before it is born. */
  async #told(place: number, metric = ""): Promise<string> {
    const untilMs = performance.now() + TOLD_MS_MAX;
    for (;;) {
      const page = await this.#metrics(place);
      if (page !== "" && page.includes(`\n${metric}`)) return page;
      if (performance.now() > untilMs) throw new LabFailure(`replica ${place} does not say ${metric === "" ? "anything" : metric}`);
      await pause(POLL_MS);
    }
  }

  async #metrics(place: number): Promise<string> {
    try {
      const response = await fetch(`${this.#group.replica(place).origin}/metrics`, { signal: AbortSignal.timeout(METRICS_MS_MAX) });
      return await response.text();
    } catch {
      return "";
    }
  }
}

/** A put of so many bytes under one of a few keys, so that what is kept stays small. */
export function put(stream: RequestStream, n: number, valueBytes: number): Promise<Outcome<StreamResult>> {
  const key = new TextEncoder().encode(`key ${n % 4}`);
  const body = encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: new Uint8Array(valueBytes).fill(97 + (n % 26)) });
  return stream.ask({ kind: "write", deadlineMs: REQUEST_MS_MAX, session: null, body });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function received(page: string, kind: string): number {
  return sumOf(page, `flotilla_peer_messages_total{.*kind="${kind}",result="received".*}`);
}

function sumOf(page: string, series: string): number {
  const lines = page.matchAll(new RegExp(`^${series} ([0-9.e+]+)$`, "gm"));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
