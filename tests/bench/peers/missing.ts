// The programs of others that the comparison needs, and how to get them.
import { spawnSync } from "node:child_process";

const NEEDED = {
  etcd: { option: "--version", debianPackage: "etcd-server" },
  wrk: { option: "--version", debianPackage: "wrk" },
  "redis-server": { option: "--version", debianPackage: "redis-server" },
  "redis-benchmark": { option: "--version", debianPackage: "redis-tools" },
  h2load: { option: "--version", debianPackage: "nghttp2-client" },
};

export type NeededProgram = keyof typeof NEEDED;

/** Null: all are there. */
export function whatIsMissing(needed: readonly NeededProgram[]): string | null {
  const missing = needed.filter((program) => spawnSync(program, [NEEDED[program].option]).error !== undefined);
  if (missing.length === 0) return null;
  const programs = missing.join(" and ");
  const packages = missing.map((program) => NEEDED[program].debianPackage).join(" ");
  return `The comparison needs ${programs}. On Debian or Ubuntu: sudo apt-get update && sudo apt-get install ${packages}`;
}

export function etcdVersion(): string {
  return /etcd Version: (\S+)/.exec(spawnSync("etcd", ["--version"]).stdout.toString())?.[1] ?? "unknown";
}
