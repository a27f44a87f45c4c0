// From one store into another: every key arrives, and whoever is ended in the middle goes on there.
import { backupName } from "../../../../client/cli/backup/backup-names.ts";
import { createBackup, removeAbandoned, removeOld } from "../../../../client/cli/backup/create-backup.ts";
import type { Created } from "../../../../client/cli/backup/create-backup.ts";
import { RESTORE_KEY } from "../../../../client/cli/backup/own-keys.ts";
import { restoreBackup } from "../../../../client/cli/backup/restore-backup.ts";
import type { Restored } from "../../../../client/cli/backup/restore-backup.ts";
import { WorkTime } from "../../../../client/cli/backup/work-time.ts";
import { CODES } from "../../../../client/cli/trouble.ts";
import type { Entry } from "../../../../client/entry.ts";
import { KvClient } from "../../../../client/kv-client.ts";
import { valueOf } from "../../../../client/outcome-errors.ts";
import { FakeCluster } from "../../fake-cluster.ts";
import { MemoryHome } from "./memory-home.ts";

const MEMBERS = { 1: ["http://a:1"], 2: ["http://b:1"] };
const HOUR_MS = 3_600_000;
/** More than are asked for, and sent, at once. */
const KEYS = 1_200;

class Store {
  readonly cluster = new FakeCluster(MEMBERS, () => Date.now());
  readonly kv = new KvClient({ endpoints: ["http://a:1"], transport: this.cluster, deadlineMs: 60_000 });

  async put(...pairs: readonly (readonly [string | Uint8Array, string])[]): Promise<void> {
    for (const [key, value] of pairs) valueOf(await this.kv.put(key, value));
  }

  async entries(): Promise<readonly Entry[]> {
    const all: Entry[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<KvClient["scanPage"]>> = await this.kv.scanPage("", { after, limit: 1_000 });
      const { entries, next } = valueOf(page);
      all.push(...entries);
      after = next;
    } while (after !== null);
    return all;
  }

  async held(): Promise<readonly string[]> {
    return (await this.entries()).map(({ key, value }) => `${Buffer.from(key).toString("hex")} ${Buffer.from(value).toString("hex")}`);
  }
}

let home: MemoryHome;
let interrupted: boolean;
beforeEach(() => {
  home = new MemoryHome();
  interrupted = false;
});
afterEach(() => jest.restoreAllMocks());
const time = (ms = 60_000): WorkTime => new WorkTime(ms, { isInterrupted: () => interrupted });

type Options = Partial<Parameters<typeof createBackup>[0]>;
const backUp = (store: Store, options: Options = {}): Promise<Created> =>
  createBackup({ store: store.kv, cluster: "c", home, name: "b", begunAtMs: 0, time: time(), onProgress: () => undefined, ...options });

type Into = Partial<Parameters<typeof restoreBackup>[0]>;
const restore = (store: Store, options: Into = {}): Promise<Restored> =>
  restoreBackup({ store: store.kv, source: home.source("b"), intoNonEmpty: false, time: time(), onProgress: () => undefined, ...options });

async function filled(): Promise<Store> {
  const store = new Store();
  const many = Array.from({ length: KEYS }, (_, i) => ({ op: "put", key: `key-${i}`, value: `value ${i}` }) as const);
  for (const outcome of await store.kv.batch(many)) valueOf(outcome);
  await store.put([new Uint8Array([0, 255, 128]), "binary"], ["large", "x".repeat(900_000)], ["larger", "y".repeat(900_000)]);
  return store;
}

test("every key arrives in another store, whatever it is made of", async () => {
  const [from, to] = [await filled(), new Store()];
  const { keys, bytes } = await backUp(from);
  expect([keys, bytes]).toEqual([KEYS + 3, home.held.get("b")?.length]);
  expect(await restore(to)).toMatchObject({ keys, written: keys, expired: 0, skipped: 0, cluster: "c" });
  expect(await to.held()).toEqual(await from.held());
});

test("what is true of one cluster only stays there, and does not count as a key of another", async () => {
  const ofTheMoment = ["lock:coordinator", "{jobs}:x", "{jobs}/coordinator", "{job:x}:fence"].map((key) => [key, "v"] as const);
  const near = ["lock:coordinators", "{jobs", "flotilla/restores"].map((key) => [key, "v"] as const);
  const [from, to] = [new Store(), new Store()];
  await from.put(...ofTheMoment, ...near);
  await to.put(...ofTheMoment);
  expect(await backUp(from)).toMatchObject({ keys: near.length });
  await restore(to);
  expect(await to.held()).toEqual(await from.held());
});

test("a key that ends by itself does so at the same moment, and one that has ended does not come back", async () => {
  const [from, to] = [new Store(), new Store()];
  valueOf(await from.kv.put("later", "v", { ttlMs: 2 * HOUR_MS }));
  valueOf(await from.kv.put("soon", "v", { ttlMs: HOUR_MS }));
  await from.put(["never", "v"]);
  await backUp(from);
  const ends = (await from.entries()).map(({ expiresAtMs }) => expiresAtMs ?? 0);
  jest.spyOn(Date, "now").mockReturnValue(Date.now() + 1.5 * HOUR_MS);
  expect(await restore(to)).toMatchObject({ keys: 3, written: 2, expired: 1 });
  const [later, never] = await to.entries();
  expect([later?.keyText, never?.keyText, never?.expiresAtMs]).toEqual(["later", "never", null]);
  expect(later?.expiresAtMs).toBe(ends[0]);
});

test("a store with keys is refused, unless it is said that they may be written over", async () => {
  const [from, to] = [new Store(), new Store()];
  await from.put(["both", "of the backup"], ["new", "v"]);
  await to.put(["both", "of the store"], ["own", "v"]);
  await backUp(from);
  await expect(restore(to)).rejects.toThrow("there are keys in this store");
  expect(await to.entries()).toHaveLength(2);
  await restore(to, { intoNonEmpty: true });
  const values = Object.fromEntries((await to.entries()).map(({ keyText, text }) => [keyText, text]));
  expect(values).toEqual({ both: "of the backup", new: "v", own: "v" });
});

test("nothing is written of a backup that is not whole", async () => {
  const [from, to] = [await filled(), new Store()];
  await backUp(from);
  const whole = home.held.get("b") ?? Buffer.alloc(0);
  home.held.set("b", whole.subarray(0, whole.length - 30));
  await expect(restore(to)).rejects.toThrow("b is no whole backup");
  expect(await to.entries()).toEqual([]);
});

test("ended in the middle, it goes on there when it is called again, and then forgets that it was", async () => {
  const [from, to] = [await filled(), new Store()];
  await backUp(from);
  const stopped = restore(to, { onProgress: (_what, share) => void (interrupted = share !== null) });
  await expect(stopped).rejects.toMatchObject({
    message: "interrupted",
    code: CODES.interrupted,
    next: "the same command again goes on where it was",
  });
  const before = await to.entries();
  expect(before.length).toBeGreaterThan(1);
  expect(before.length).toBeLessThan(KEYS);
  interrupted = false;
  const { written, skipped } = await restore(to);
  expect([written + skipped, skipped > 0]).toEqual([KEYS + 3, true]);
  expect(await to.held()).toEqual(await from.held());
});

test("another backup is not taken for the one that was begun", async () => {
  const [from, to] = [new Store(), new Store()];
  await from.put(["a", "1"]);
  await to.put([RESTORE_KEY, '{"backup":"another","after":"YQ"}']);
  await backUp(from);
  await expect(restore(to)).rejects.toThrow("a restore of another backup");
  await restore(to, { intoNonEmpty: true });
  expect((await to.entries()).map(({ keyText }) => keyText)).toEqual(["a"]);
});

test("half a restore is no store to make a backup of", async () => {
  const store = new Store();
  await store.put([RESTORE_KEY, "{}"]);
  await expect(backUp(store)).rejects.toThrow("has not ended");
  expect(home.held.size).toBe(0);
});

test("a member that does not answer for a while is waited for; a name that is taken is left alone", async () => {
  const store = await filled();
  let attempts = 0;
  store.cluster.fault = () => (++attempts % 3 === 0 ? "none" : "noQuorum");
  expect(await backUp(store)).toMatchObject({ keys: KEYS + 3 });
  await expect(backUp(store)).rejects.toThrow("there is a memory:b already");
});

test("a backup that is not done in its time, or is interrupted, leaves nothing behind", async () => {
  const store = await filled();
  await expect(backUp(store, { time: time(0) })).rejects.toThrow("not done within");
  await expect(backUp(store, { onProgress: () => void (interrupted = true) })).rejects.toMatchObject({ code: CODES.interrupted });
  expect(home.held.size).toBe(0);
});

test("of more backups than are to be kept, the oldest go; never the one that was just made, and no other cluster's", async () => {
  const day = (cluster: string, n: number): string => backupName(cluster, n * 86_400_000);
  const made = day("c", 1);
  for (const name of ["notes", day("d", 1), made, day("c", 2), day("c", 3), day("c", 4)]) home.held.set(name, Buffer.alloc(0));
  const onTrouble = (why: string): never => {
    throw new Error(why);
  };
  expect(await removeOld({ home, cluster: "c", name: made, keep: 2, onTrouble })).toEqual([day("c", 3), day("c", 2)]);
  expect([...home.held.keys()]).toEqual(["notes", day("d", 1), made, day("c", 4)]);
});

test("what can't be removed is told, and takes nothing from the backup that was made", async () => {
  const names = [1, 2, 3].map((n) => backupName("c", n * 86_400_000));
  for (const name of names) home.held.set(name, Buffer.alloc(0));
  const told: string[] = [];
  const onTrouble = (why: string): void => void told.push(why);
  const mayNot = () => Promise.reject(new Error("not allowed"));
  const stubborn = Object.assign(home, { remove: mayNot, removeUnfinished: mayNot });
  await removeAbandoned({ home: stubborn, cluster: "c", onTrouble });
  expect(await removeOld({ home: stubborn, cluster: "c", name: names[2] ?? "", keep: 1, onTrouble })).toEqual([]);
  expect(told).toEqual(["not allowed", "not allowed"]);
});
