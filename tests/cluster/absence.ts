// What a case takes away has to be away, all the while: a provider's command that does nothing proves nothing, and must not pass.
import { check, eventually, sleep } from "../integration/test-case.ts";
import { Release } from "./release.ts";

export type Absence = {
  readonly what: string;
  readonly isThere: () => Promise<boolean>;
  readonly forMs: number;
  /** How long it may take to go. */
  readonly withinMs?: number;
};

const CHANGES_MS = 120_000;
const LOOK_MS = 10_000;
const ASKED_MS = 3_000;

/** Answers when it was away for so long. */
export async function awayFor({ what, isThere, forMs, withinMs = CHANGES_MS }: Absence): Promise<void> {
  await eventually(`${what} goes away`, async () => ((await isThere()) ? null : true), { deadlineMs: withinMs, everyMs: 1_000 });
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    await sleep(Math.min(LOOK_MS, untilMs - performance.now()));
    check(!(await isThere()), `${what} stays away`);
  }
}

export async function isBack({ what, isThere }: Pick<Absence, "what" | "isThere">): Promise<void> {
  await eventually(`${what} is back`, async () => ((await isThere()) ? true : null), { deadlineMs: CHANGES_MS, everyMs: 1_000 });
}

/** Whether the cluster's name servers, asked by a pod, know the release. */
export function resolvesNames(release: Release, pod: string): Promise<boolean> {
  const script = `
const { readFileSync } = require("node:fs");
const { Resolver } = require("node:dns").promises;
const [, domain] = /^search (\\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8"));
new Resolver({ timeout: ${ASKED_MS}, tries: 1 }).resolve4("${Release.fullname}." + domain).then(() => end(true), () => end(false));`;
  return askedBy(release, pod, script);
}

/** Whether a pod gets a connection to a member at this address. */
export function reaches(release: Release, pod: string, host: string): Promise<boolean> {
  const script = `
const socket = require("node:net").connect({ host: "${host}", port: 7400 });
socket.setTimeout(${ASKED_MS}, () => end(false));
socket.on("connect", () => end(true)).on("error", () => end(false));`;
  return askedBy(release, pod, script);
}

/** By a script that ends with what it found. */
async function askedBy(release: Release, pod: string, script: string): Promise<boolean> {
  const end = "function end(is) { console.log(is); process.exit(); }";
  return JSON.parse(await release.kubectl(["exec", pod, "--", "node", "-e", `${end}${script}`])) as boolean;
}
