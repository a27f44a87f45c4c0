// Three members of etcd on loopback, as they come from the package, with their data where ours lies.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { GroupPorts } from "../../../client/cli/local-group.ts";

const LOOPBACK = "127.0.0.1";
const START_DEADLINE_MS = 20_000;
const LOOK_MS = 100;

type Status = { readonly header: { readonly member_id: string }; readonly leader?: string };

export class EtcdGroup {
  readonly #directory: string;
  readonly #ports: readonly GroupPorts[];
  readonly #processes: ChildProcess[] = [];

  constructor(directory: string, ports: readonly GroupPorts[]) {
    this.#directory = directory;
    this.#ports = ports;
  }

  get members(): readonly string[] {
    return this.#ports.map(({ http }) => `${LOOPBACK}:${http}`);
  }

  get pids(): readonly (number | undefined)[] {
    return this.#processes.map(({ pid }) => pid);
  }

  start(): void {
    for (const ordinal of this.#ports.keys()) this.#processes.push(this.#startMember(ordinal));
  }

  /** `host:port` of the leader for clients. */
  async untilLeader(): Promise<string> {
    const untilMs = performance.now() + START_DEADLINE_MS;
    while (performance.now() < untilMs) {
      for (const member of this.members) {
        const status = await statusOf(member);
        if (status?.leader !== undefined && status.leader === status.header.member_id) return member;
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error(`etcd has no leader after ${START_DEADLINE_MS} ms`);
  }

  async stop(): Promise<void> {
    const alive = this.#processes.filter((child) => child.exitCode === null && child.signalCode === null);
    const ended = alive.map((child) => once(child, "exit"));
    for (const child of alive) child.kill("SIGKILL");
    await Promise.all(ended);
  }

  #startMember(ordinal: number): ChildProcess {
    const name = (each: number): string => `etcd-${each}`;
    const { http, peer } = this.#ports[ordinal] as GroupPorts;
    const cluster = this.#ports.map((each, i) => `${name(i)}=http://${LOOPBACK}:${each.peer}`).join(",");
    const [clients, peers] = [`http://${LOOPBACK}:${http}`, `http://${LOOPBACK}:${peer}`];
    const options = [
      ...["--name", name(ordinal), "--data-dir", join(this.#directory, name(ordinal))],
      ...["--listen-client-urls", clients, "--advertise-client-urls", clients],
      ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers],
      ...["--initial-cluster", cluster, "--initial-cluster-state", "new"],
      // Its default of a second is too short where the machine does other things too; a leader is not what is measured.
      ...["--election-timeout", "5000", "--heartbeat-interval", "100"],
      ...["--logger", "zap", "--log-level", "error"],
    ];
    const child = spawn("etcd", options, { stdio: "ignore" });
    child.once("error", () => undefined); // then nobody answers, and that is said
    return child;
  }
}

async function statusOf(member: string): Promise<Status | null> {
  try {
    const response = await fetch(`http://${member}/v3/maintenance/status`, { method: "POST", body: "{}" });
    return response.ok ? ((await response.json()) as Status) : null;
  } catch {
    return null;
  }
}
