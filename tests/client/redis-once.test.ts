import { RedisOnce, UnknownOutcome } from "../../client/redis-once.ts";

class Reply extends Error {
  override readonly name = "ReplyError";
}

/** Answers as it is told, and remembers what it was asked. */
function scripted(...script: readonly unknown[]) {
  const asked: string[] = [];
  const answers = [...script];
  const redis = {
    call: (...args: readonly unknown[]): Promise<unknown> => {
      asked.push(args.join(" "));
      if (args[0] === "FLOTILLA.CLIENT") return Promise.resolve([`id${asked.length}`, 1_000_000]);
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { redis, asked };
}

test("what is not known is asked again under the same serial", async () => {
  const { redis, asked } = scripted(new Reply("ERR UNKNOWN whether it was done: deadline"), new Error("Connection is closed."), 7, 8);
  const once = new RedisOnce({ redis });
  expect(await once.call("INCR", "a")).toBe(7);
  expect(await once.call("INCR", "a")).toBe(8);
  expect(asked).toEqual(["FLOTILLA.CLIENT", ...Array(3).fill("ONCE id1 1 0 INCR a"), "ONCE id1 2 1 INCR a"]);
});

test("an id is asked for until somebody gives one: its group may have no leader just now", async () => {
  const { redis, asked } = scripted(7);
  const refusals = [
    new Reply("ERR UNKNOWN whether it was done: leadershipLost"),
    new Error("Connection is closed."),
    new Reply("CLUSTERDOWN"),
  ];
  const electing = {
    call: (...args: readonly string[]): Promise<unknown> => {
      const refusal = refusals.shift();
      return refusal === undefined ? redis.call(...args) : Promise.reject(refusal);
    },
  };
  expect(await new RedisOnce({ redis: electing }).call("INCR", "a")).toBe(7);
  expect(asked).toEqual(["FLOTILLA.CLIENT", "ONCE id1 1 0 INCR a"]);
  const refused = { call: () => Promise.reject(new Reply("NOAUTH Authentication required.")) };
  await expect(new RedisOnce({ redis: refused }).call("INCR", "a")).rejects.toThrow("NOAUTH");
  const down = { call: () => Promise.reject(new Reply("CLUSTERDOWN")) };
  await expect(new RedisOnce({ redis: down, deadlineMs: 1 }).call("INCR", "a")).rejects.toThrow("CLUSTERDOWN");
});

test("an error is an answer, and the id goes on", async () => {
  const { redis, asked } = scripted(new Reply("ERR value is not an integer or out of range"), 1);
  const once = new RedisOnce({ redis });
  await expect(once.call("INCR", "a")).rejects.toThrow("not an integer");
  await once.call("INCR", "b");
  expect(asked.at(-1)).toBe("ONCE id1 2 1 INCR b");
});

class ErrorReply extends Error {}
class SimpleError extends ErrorReply {}
class BlobError extends ErrorReply {}

test.each([ErrorReply, SimpleError, BlobError])("an error is an answer whatever a library calls it: %p", async (LibraryError) => {
  const { redis, asked } = scripted(new LibraryError("ERR value is not an integer or out of range"));
  await expect(new RedisOnce({ redis, deadlineMs: 200 }).call("INCR", "a")).rejects.toThrow(LibraryError);
  expect(asked).toHaveLength(2);
});

test("an id that is forgotten: nothing is known of a command that was sent before, and the next has another", async () => {
  const { redis, asked } = scripted(new Error("closed"), new Reply("SESSIONEXPIRED the client id is too old"), 1);
  const once = new RedisOnce({ redis });
  await expect(once.call("INCR", "a")).rejects.toThrow(UnknownOutcome);
  await once.call("INCR", "a");
  expect(asked.at(-1)).toBe("ONCE id4 1 0 INCR a");
});

test("at the deadline the outcome is not known", async () => {
  const { redis } = scripted(...Array.from({ length: 20 }, () => new Error("closed")));
  await expect(new RedisOnce({ redis, deadlineMs: 1 }).call("INCR", "a")).rejects.toThrow(UnknownOutcome);
});

test("a command that its library loses ends at the deadline, and so does a question for an id; the next ones are asked anew", async () => {
  const never = new Promise<never>(() => undefined);
  const { redis, asked } = scripted(never, 7);
  const once = new RedisOnce({ redis, deadlineMs: 20 });
  await expect(once.call("INCR", "a")).rejects.toThrow(UnknownOutcome);
  expect(await once.call("INCR", "a")).toBe(7);
  expect(asked.at(-1)).toBe("ONCE id1 2 1 INCR a");

  let isLost = true;
  const lossy = { call: (...args: readonly string[]) => (isLost ? never : redis.call(...args)) };
  const other = new RedisOnce({ redis: lossy as typeof redis, deadlineMs: 20 });
  await expect(Promise.all([other.call("INCR", "a"), other.call("INCR", "b")])).rejects.toThrow("no answer before the deadline");
  isLost = false;
  await other.call("INCR", "a");
  expect(asked.at(-1)).toMatch(/^ONCE id[0-9]+ 1 0 INCR a$/);
});

test("what may have been done is not taken for refused because there is no room to do it again", async () => {
  const full = new Reply("OOM command not allowed: the disk is full");
  const { redis, asked } = scripted(new Reply("ERR UNKNOWN whether it was done: leadershipLost"), full, 7);
  expect(await new RedisOnce({ redis }).call("INCR", "a")).toBe(7);
  expect(asked.slice(1)).toEqual(Array(3).fill("ONCE id1 1 0 INCR a"));
});

test.each(["OOM command not allowed: the disk is full", "NOAUTH Authentication required.", "ERR max number of clients reached"])(
  "a library may have sent the command before by itself, so this settles nothing even where it is the first that is heard: %s",
  async (text) => {
    const { redis, asked } = scripted(new Reply(text), 7);
    expect(await new RedisOnce({ redis }).call("INCR", "a")).toBe(7);
    expect(asked.slice(1)).toEqual(Array(2).fill("ONCE id1 1 0 INCR a"));
    const never = scripted(...Array.from({ length: 5 }, () => new Reply(text)));
    const error: unknown = await new RedisOnce({ redis: never.redis, deadlineMs: 20 }).call("INCR", "a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(String(error)).toContain(text);
  },
);

test("nor does it that the id is forgotten", async () => {
  const { redis } = scripted(new Reply("SESSIONEXPIRED the client id is too old"));
  await expect(new RedisOnce({ redis }).call("INCR", "a")).rejects.toThrow(UnknownOutcome);
});

test("an id that is old or forgotten is replaced by one, however many commands find it so together", async () => {
  let given = 0;
  const redis = {
    call: (...args: readonly unknown[]): Promise<unknown> => {
      if (args[0] === "FLOTILLA.CLIENT") return Promise.resolve([`id${++given}`, given === 1 ? 0 : 1_000_000]);
      return args[1] === "id2" ? Promise.reject(new Reply("SESSIONEXPIRED the client id is too old")) : Promise.resolve(args[1]);
    },
  };
  const once = new RedisOnce({ redis });
  const many = () => Promise.allSettled(Array.from({ length: 50 }, () => once.call("INCR", "a")));
  expect(await once.call("INCR", "a")).toBe("id1");
  expect((await many()).every(({ status }) => status === "rejected")).toBe(true);
  expect(given).toBe(2);
  expect(await many()).toEqual(Array(50).fill({ status: "fulfilled", value: "id3" }));
  expect(given).toBe(3);
});
