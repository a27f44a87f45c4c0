// What a redis-server is compared with: our door on a state machine in this process, or processes with all that there is between a
// client and the disks.
import type { RedisReply } from "../../runtime/redis/reply-reader.ts";
import { StoreFixture } from "../../runtime/redis/store-fixture.ts";
import { RawConnection } from "./redis-process.ts";

/** In one pipeline. */
export type Ask = (commands: readonly (readonly (string | Buffer)[])[]) => Promise<readonly RedisReply[]>;

/** Two clients that are compared, and one that only looks. */
export type Sides = { readonly ours: readonly [Ask, Ask]; readonly observer: Ask };

export type ComparedStore = {
  /** Everything is gone, and nobody has said anything yet. */
  readonly begin: () => Promise<Sides>;
  /** What a client is told that says QUIT, with something behind it, until its connection is closed. */
  readonly farewell: () => Promise<readonly RedisReply[]>;
};

const FAREWELL = [["QUIT"], ["PING"]] as const;

export async function farewellOf(port: number): Promise<readonly RedisReply[]> {
  const connection = await RawConnection.open(port);
  // It ends with the connection, where there is no second reply.
  const replies = await connection.ask(FAREWELL);
  connection.close();
  return replies;
}

export const IN_PROCESS: ComparedStore = {
  begin: () => {
    const fixture = new StoreFixture();
    const connection = (): Ask => {
      const fake = fixture.connect();
      return (commands) => fake.ask(...commands);
    };
    return Promise.resolve({ ours: [connection(), connection()], observer: connection() });
  },
  farewell: async () => {
    const fake = new StoreFixture().connect();
    fake.send(...FAREWELL);
    while (!fake.isEnded) await new Promise((resolve) => setImmediate(resolve));
    return fake.replies;
  },
};

/** By a port that serves every slot. */
export async function storeAt(port: number): Promise<ComparedStore & { readonly close: () => void }> {
  const open = [await RawConnection.open(port), await RawConnection.open(port), await RawConnection.open(port)] as const;
  const [first, second, observer] = open.map(
    (connection): Ask =>
      (commands) =>
        connection.ask(commands),
  ) as [Ask, Ask, Ask];
  return {
    begin: async () => {
      for (const ask of [first, second]) await ask([["RESET"]]);
      const [keys] = (await observer([["KEYS", "*"]])) as unknown as [readonly string[]];
      if (keys.length > 0) await observer(keys.map((key) => ["DEL", Buffer.from(key, "latin1")]));
      const [left] = await observer([["DBSIZE"]]);
      if (left !== 0n) throw new Error(`${String(left)} keys are left of the comparison before`);
      return { ours: [first, second], observer };
    },
    farewell: () => farewellOf(port),
    close: () => {
      for (const connection of open) connection.close();
    },
  };
}
