// A process that stands still while its job is ended by others and its folder becomes a later job's, and then goes on.
import { S3Outputs } from "../../../../runtime/files/s3/s3-outputs.ts";
import { AnOutput, describeOutput } from "../an-output.ts";
import { MemoryS3 } from "./memory-s3.ts";

const RUN = "job-1.000000000001";
const PARTS = 50;
const part = (task: number): string => `out/part-${String(task).padStart(5, "0")}`;

let s3: MemoryS3;
let nowMs = 0;
beforeEach(async () => {
  nowMs = 0;
  s3 = await MemoryS3.started();
  s3.put("out/_flotilla", RUN);
  for (let task = 0; task < PARTS; task++) s3.put(part(task), "old");
});
afterEach(() => s3.stop());

const output = (): AnOutput =>
  new AnOutput(new S3Outputs(s3.client(), () => nowMs), "", describeOutput("s3://some-bucket/out", { reduces: PARTS }));

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
