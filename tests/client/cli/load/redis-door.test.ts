import type { KvInput } from "../../../../core/linearizability/kv-operations.ts";
import { memberDoor } from "../../../../client/cli/load/member-door.ts";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { openRedisDoor, redisDoor } from "../../../../client/cli/load/redis-door.ts";
import { eventually, sleep } from "../../../runtime/manual-clock.ts";

type Call = readonly string[];

/** Answers commands with what is given, or rejects with it. */
function doorTo(answer: unknown) {
  const calls: Call[] = [];
  const redis = {
    call: (...words: readonly unknown[]) => {
      calls.push(words.map(String));
      if (words[0] === "FLOTILLA.CLIENT") return Promise.resolve(["id", 60_000]);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { calls, door: redisDoor(redis, { deadlineMs: 0, close: () => undefined }) };
}

test.each([
  { input: { kind: "get", key: "k" }, answer: null, command: "GET k", output: { kind: "absent" } },
  { input: { kind: "get", key: "k" }, answer: "v", command: "GET k", output: { kind: "found", value: "v" } },
  { input: { kind: "put", key: "k", value: "v" }, answer: "OK", command: "ONCE id 1 0 SET k v", output: { kind: "written" } },
  { input: { kind: "append", key: "k", value: "v" }, answer: 3, command: "ONCE id 1 0 APPEND k v", output: { kind: "written", length: 3 } },
  {
    input: { kind: "increment", key: "k", by: "1" },
    answer: 7,
    command: "ONCE id 1 0 INCRBY k 1",
    output: { kind: "incremented", value: "7" },
  },
  { input: { kind: "delete", key: "k" }, answer: 1, command: "ONCE id 1 0 DEL k", output: { kind: "deleted", deleted: true } },
] as { input: KvInput; answer: unknown; command: string; output: unknown }[])("$command", async ({ input, answer, command, output }) => {
  const { calls, door } = doorTo(answer);
  expect(await door.perform(input)).toEqual({ kind: "done", value: output });
  expect(calls.at(-1)?.join(" ")).toBe(command);
});

test("whatever went wrong, a write may have happened: only an answer is an outcome", async () => {
  const { door } = doorTo(new Error("Command timed out"));
  expect(await door.perform({ kind: "append", key: "k", value: "v" })).toMatchObject({ kind: "unknown" });
  const refused = Object.assign(new Error("ERR value is not an integer or out of range"), { name: "ReplyError" });
  expect(await doorTo(refused).door.perform({ kind: "increment", key: "k", by: "1" })).toMatchObject({ kind: "unknown" });
});

test("a command that its library never answers ends at the deadline", async () => {
  const { door } = doorTo(new Promise(() => undefined));
  expect(await door.perform({ kind: "get", key: "k" })).toMatchObject({ kind: "unknown" });
  expect(await door.perform({ kind: "append", key: "k", value: "v" })).toEqual({ kind: "unknown", after: "deadline" });
});

test("a door that is closed while it asks where slots are leaves nothing behind that keeps a process alive", async () => {
  let asked = 0;
  // One who answers nothing but this, and this only once.
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const { port } = server.address() as AddressInfo;
      for (const command of data.toString().split("*").slice(1)) {
        if (!/slots/i.test(command)) socket.write("+OK\r\n");
        else if (asked++ === 0) socket.write(`*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:${port}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const door = await openRedisDoor({ addresses: [{ host: "127.0.0.1", port }], password: null, deadlineMs: 100 });
  await eventually("another question where slots are", () => asked > 1);
  await door.close();
  await sleep(1_500);
  expect(timers()).toBeLessThanOrEqual(before);
  server.close();
});

test("a member that gives no answer has said nothing", async () => {
  const silent = memberDoor({ get: () => Promise.reject(new Error("Command timed out")), close: () => undefined });
  expect(await silent.perform({ kind: "get", key: "k" })).toMatchObject({ kind: "unknown" });
  const other = memberDoor({ get: () => Promise.reject(new Error("MOVED 7 127.0.0.1:7000")), close: () => undefined });
  expect(await other.perform({ kind: "get", key: "k" })).toMatchObject({ kind: "refused", refusal: { code: "wrongShard" } });
  const empty = memberDoor({ get: () => Promise.resolve(null), close: () => undefined });
  expect(await empty.perform({ kind: "get", key: "k" })).toEqual({ kind: "done", value: { kind: "absent" } });
});
