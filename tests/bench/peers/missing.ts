// The programs of others that the comparison needs, and how to get them.
import { spawnSync } from "node:child_process";

const NEEDED = [
  { program: "etcd", option: "--version", debianPackage: "etcd-server" },
  { program: "wrk", option: "--version", debianPackage: "wrk" },
];

/** Null: all are there. */
export function whatIsMissing(): string | null {
  const missing = NEEDED.filter(({ program, option }) => spawnSync(program, [option]).error !== undefined);
  if (missing.length === 0) return null;
  const programs = missing.map(({ program }) => program).join(" and ");
  const packages = missing.map(({ debianPackage }) => debianPackage).join(" ");
  return `The comparison needs ${programs}. On Debian or Ubuntu: sudo apt-get update && sudo apt-get install ${packages}`;
}

export function etcdVersion(): string {
  return /etcd Version: (\S+)/.exec(spawnSync("etcd", ["--version"]).stdout.toString())?.[1] ?? "unknown";
}
