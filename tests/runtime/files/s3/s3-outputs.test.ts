// A process that stands still while its job is ended by others and its folder becomes a later job's, and then goes on; and what it leaves
// behind if it dies then.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3Outputs } from "../../../../runtime/files/s3/s3-outputs.ts";
import type { RunState } from "../../../../runtime/files/store/run-state.ts";
import { AnOutput, describeOutput } from "../an-output.ts";
import { MemoryS3 } from "./memory-s3.ts";

const RUN = "job-1.000000000001";
const PARTS = 50;
const part = (task: number): string => `out/part-${String(task).padStart(5, "0")}`;

let s3: MemoryS3;
let nowMs = 0;
let states: Readonly<Record<string, RunState>>;
let directory: string;
beforeEach(async () => {
  nowMs = 0;
  states = { [RUN]: "live" };
  directory = mkdtempSync(join(tmpdir(), "s3-outputs-"));
  s3 = await MemoryS3.started();
  s3.put("out/_flotilla", RUN);
  for (let task = 0; task < PARTS; task++) s3.put(part(task), "old");
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await s3.stop();
});

function output(folder = "out"): AnOutput {
  const stateOf = (run: string): Promise<RunState> => Promise.resolve(states[run] ?? "unknown");
  const kind = new S3Outputs(s3.client(), { nowMs: () => nowMs, stateOf });
  return new AnOutput(kind, directory, describeOutput(`s3://some-bucket/${folder}`, { reduces: PARTS }));
}

/** Behind the first request of this kind: others have cleaned up, and a later job has written there. */
function standsStillBehind(asked: string, forMs: number, later: Readonly<Record<string, string>>): void {
  s3.behind = (each) => {
    if (each !== asked) return;
    s3.behind = () => undefined;
    s3.removeAll();
    for (const [key, text] of Object.entries(later)) s3.put(key, text);
    nowMs += forMs;
  };
}

const whole = (): Record<string, string> => ({
  ...{ "out/_flotilla": "job-2.000000000002", "out/_SUCCESS": "{}" },
  ...Object.fromEntries(Array.from({ length: PARTS }, (_, task) => [part(task), "new"])),
});

const removed = (): readonly string[] => s3.asked.filter((each) => each.startsWith("DELETE out/part-"));

test("a clean-up takes away what its job has shown, and only then what reserved the folder", async () => {
  await output().finish(false);
  expect(s3.keys()).toEqual([]);
  expect(s3.asked.at(-1)).toBe("DELETE out/_flotilla");
});

test("a clean-up that stood still takes nothing of a later job away", async () => {
  standsStillBehind("DELETE out/_SUCCESS", 60_000, whole());
  await output().finish(false);
  expect(s3.keys()).toEqual(Object.keys(whole()).sort());
  expect(removed()).toEqual([]);
});

test("nor does one that stood still between two parts", async () => {
  standsStillBehind(`DELETE ${part(3)}`, 60_000, whole());
  s3.knowsConditions = false;
  await output().finish(false);
  expect(s3.keys()).toEqual(Object.keys(whole()).sort());
  expect(removed()).toHaveLength(4);
});

test("whatever its clock says, it looks again after some requests", async () => {
  standsStillBehind(`DELETE ${part(3)}`, 0, whole());
  s3.knowsConditions = false;
  await output().finish(false);
  expect(removed().length).toBeLessThanOrEqual(4 + 20);
  expect(s3.keys()).toContain("out/_flotilla");
});

test("where the server knows conditions not even these are lost, nor what reserves the folder", async () => {
  standsStillBehind(`DELETE ${part(PARTS - 1)}`, 0, whole());
  await output().finish(false);
  expect(s3.asked.at(-1)).toBe("DELETE out/_flotilla");
  expect(s3.keys()).toEqual(Object.keys(whole()).sort());
});

test("a publishing that stood still does not show a later job's output before it is whole", async () => {
  const later = { "out/_flotilla": "job-2.000000000002", [part(0)]: "new" };
  standsStillBehind("GET ", 60_000, later);
  const file = { name: "part-00000", temporary: "upload", bytes: 3, checksum: "" };
  await expect(output().publish(0, 1, file)).rejects.toMatchObject({ reason: "badOutput" });
  expect(s3.keys()).toEqual(Object.keys(later).sort());
});

test("an upload that an attempt begins while others clean up does not stay, also if the attempt is killed at once", async () => {
  let begun: Promise<unknown> = Promise.resolve();
  // Uploads were listed a moment ago.
  s3.behind = (asked) => {
    if (asked !== "DELETE out/_SUCCESS") return;
    s3.behind = () => undefined;
    begun = output()
      .write(0, 1, { a: "1" })
      .catch(() => undefined);
  };
  await output().finish(false);
  await begun;
  expect([s3.keys(), s3.uploads()]).toEqual([[], {}]);
  expect(s3.asked.filter((asked) => asked === "PUT out/part-00000")).toEqual([]);
});

test("what reserves a folder is closed before one looks for what was begun there, and in a folder that is closed nothing is begun", async () => {
  await output().finish(false);
  const closing = s3.asked.indexOf("PUT out/_flotilla");
  expect(closing).toBeGreaterThan(-1);
  expect(closing).toBeLessThan(s3.asked.indexOf("GET "));
  s3.put("out/_flotilla", `${RUN} closed`);
  await expect(output().write(0, 1, { a: "1" })).rejects.toMatchObject({ reason: "badOutput" });
  expect(s3.asked.filter((asked) => asked.startsWith("POST"))).toEqual([]);
});

test("who closed it and died is followed by another one, who takes away the rest", async () => {
  s3.put("out/_flotilla", `${RUN} closed`);
  await s3.client().beginUpload({ bucket: "some-bucket", key: part(0) });
  await output().finish(false);
  expect([s3.keys(), s3.uploads()]).toEqual([[], {}]);
});

test("a part that was under way when its upload was aborted is taken away, too", async () => {
  await s3.client().beginUpload({ bucket: "some-bucket", key: part(0) });
  s3.latePart = "late";
  await output().finish(false);
  expect(s3.uploads()).toEqual({});
});

test("a task that stood still and reserves a folder when its job has ended gives it back", async () => {
  for (const state of ["ending", "over", "unknown"] as const) {
    states = { [RUN]: state };
    await expect(output("later").check()).rejects.toMatchObject({ reason: "badOutput" });
  }
  expect(s3.keys().filter((key) => key.startsWith("later/"))).toEqual([]);
  states = { [RUN]: "live" };
  await output("later").check();
  expect(s3.keys()).toContain("later/_flotilla");
});

test("what a job that is over has left is taken back by the next one: what reserves the folder, and uploads", async () => {
  s3.put("later/_flotilla", "job-0.00000000000a");
  await s3.client().beginUpload({ bucket: "some-bucket", key: "later/part-00000" });
  states = { [RUN]: "live", "job-0.00000000000a": "over" };
  await output("later").check();
  expect(await s3.client().text({ bucket: "some-bucket", key: "later/_flotilla" })).toBe(RUN);
  expect(s3.uploads()).toEqual({});
});

test("not of one that others still clean up, nor of one of which nothing is known: it may be another cluster's", async () => {
  for (const state of ["live", "ending", "unknown"] as const) {
    s3.put("later/_flotilla", "job-0.00000000000a");
    states = { [RUN]: "live", "job-0.00000000000a": state };
    await expect(output("later").check()).rejects.toThrow(
      "job job-0 writes there; if there is no such job any more, remove s3://some-bucket/later/_flotilla",
    );
  }
  expect(await s3.client().text({ bucket: "some-bucket", key: "later/_flotilla" })).toBe("job-0.00000000000a");
});
