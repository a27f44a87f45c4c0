// Keys that are written before something happens to a release and read afterwards, all at once, so that those that nobody serves don't
// wait for each other.
import { check } from "../integration/test-case.ts";
import type { Release } from "./release.ts";
import { MODULE, runTool } from "./tool-pod.ts";

export const KEPT_KEYS = 50;

/** `unserved`: refused, because nobody who has them is there. */
export type Kept = { readonly right: number; readonly unserved: number };

/** A group that has just become ready may still change its leader. */
const WRITING_MS = 30_000;

const SCRIPT = `
const keys = Array.from({ length: ${KEPT_KEYS} }, (_, i) => "kept-" + i);
const authorization = "Bearer " + process.env.FLOTILLA_TOKEN;
const call = (key, options) => fetch("http://flotilla:7400/v1/kv/" + key, { ...options, headers: { ...options.headers, authorization } });
const untilMs = Date.now() + ${WRITING_MS};
const write = async (key) => {
  const response = await call(key, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ value: "of " + key }) });
  if (response.ok) return;
  if (response.status !== 503 || Date.now() > untilMs) throw new Error(key + ": " + response.status);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return write(key);
};
const read = async (key) => {
  const response = await call(key, {});
  const { value } = await response.json();
  if (response.ok && value !== "of " + key) throw new Error(key + " is " + value);
  if (!response.ok && response.status !== 503) throw new Error(key + ": " + response.status);
  return response.ok;
};
`;
const WRITE = `${SCRIPT}await Promise.all(keys.map(write));`;
const READ = `${SCRIPT}
const served = await Promise.all(keys.map(read));
console.log(JSON.stringify({ right: served.filter(Boolean).length, unserved: served.filter((is) => !is).length }));`;

export async function writeKept(release: Release): Promise<void> {
  await runTool(release, { name: "write", program: MODULE, args: [WRITE] });
}

/** `name`: of the pod that reads. Fails if one of them has another value, or none. */
export async function readKept(release: Release, name: string): Promise<Kept> {
  return JSON.parse(await runTool(release, { name, program: MODULE, args: [READ] })) as Kept;
}

export async function checkKept(release: Release, name: string): Promise<string> {
  const { right } = await readKept(release, name);
  check(right === KEPT_KEYS, `all ${KEPT_KEYS} keys are served, but only ${right} are`);
  return `all ${KEPT_KEYS} keys are there`;
}
