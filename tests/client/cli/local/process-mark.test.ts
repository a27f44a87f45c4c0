import { spawn } from "node:child_process";
import { once } from "node:events";
import { endMarked, isAlive, markOf, signalIfAlive } from "../../../../client/cli/local/process-mark.ts";

const sleeper = (script: string) =>
  spawn(process.execPath, ["-e", `${script}; console.log("ready"); setInterval(() => 0, 1000)`], { stdio: ["ignore", "pipe", "ignore"] });

test("a process is known by its id and its beginning; one without the other is somebody else", async () => {
  const child = sleeper("");
  await once(child.stdout, "data");
  const mark = markOf(child.pid ?? 0);
  if (mark === null) throw new Error("it lives, and has no mark");
  expect(isAlive(mark)).toBe(true);
  expect(isAlive({ ...mark, began: `${mark.began}0` })).toBe(false);
  signalIfAlive({ ...mark, began: "another" }, "SIGKILL");
  expect(isAlive(mark)).toBe(true);
  const ended = once(child, "exit");
  signalIfAlive(mark, "SIGKILL");
  await ended;
  expect(isAlive(mark)).toBe(false);
  expect(markOf(mark.pid)).toBeNull();
  signalIfAlive(mark, "SIGKILL");
});

test("one that does not listen, and one that is stopped, are ended too", async () => {
  const children = [sleeper('process.on("SIGTERM", () => 0)'), sleeper("")];
  await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
  children[1]?.kill("SIGSTOP");
  const marks = children.map(({ pid }) => markOf(pid ?? 0)).filter((mark) => mark !== null);
  expect(marks).toHaveLength(2);
  await endMarked(marks, 300);
  expect(marks.map(isAlive)).toEqual([false, false]);
});
