// The crash app for the sandbox, which has no process to end: what it does instead is forbidden, and a failed attempt as well.
import { crashJob } from "./crash-or-not.ts";

/** The checked types of isolated code have none; the sandbox has one that says no. */
declare const process: { exit(code: number): never };

export default crashJob(() => {
  const chance = Math.random() * 1_000;
  if (chance < 330) process.exit(1);
  if (chance < 660) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.random() * 10_000);
});
