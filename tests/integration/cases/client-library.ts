// The client library as a program uses it, on real processes: one client with many writes under way, while the leader is
// killed twice. Each write takes effect once, in the order in which its key's writes were made, and nobody is told otherwise.
import { connect, RefusedError } from "../../../client/connect.ts";
import type { Store } from "../../../client/store.ts";
import type { TestCase } from "../test-case.ts";
import { check, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const WRITERS = 8;
const KILLS = { bounded: 2, long: 10 };
const PACE_MS = 20;
const DEADLINE_MS = 30_000;

export const clientLibrary: TestCase = {
  name: "the client library: each write once, through the deaths of leaders",
  run: async ({ directory, scale, say }) => {
    const cluster = await TestCluster.create({ directory });
    cluster.startAll();
    // Any one member will do, and it need not be up yet.
    const store = await connect({ endpoints: cluster.group.origins, deadlineMs: DEADLINE_MS });
    try {
      const over = new AbortController();
      const killing = killLeaders(cluster, KILLS[scale]).finally(() => over.abort());
      const writing = Array.from({ length: WRITERS }, (_, writer) => write(store, keyOf(writer), over.signal));
      const [written] = await Promise.all([Promise.all(writing), killing]);
      for (const [writer, { count }] of written.entries()) {
        const text = (await store.get(keyOf(writer)))?.text ?? "";
        const expected = Array.from({ length: count }, (_, n) => `${n};`).join("");
        check(text === expected, `each write of ${writer} took effect once and in order, and not ${text}`);
      }
      await checkRefusal(store);
      cluster.checkNobodyEnded();
      const slowestMs = Math.max(...written.map((each) => each.slowestMs));
      say(`${written.reduce((sum, { count }) => sum + count, 0)} writes; the slowest took ${Math.round(slowestMs)} ms`);
    } finally {
      await store.close();
      await cluster.stop();
    }
  },
};

const keyOf = (writer: number): string => `log/${writer}`;

type Written = { readonly count: number; readonly slowestMs: number };

/** Throws unless each write is done: there is always a majority, and time enough. */
async function write(store: Store, key: string, over: AbortSignal): Promise<Written> {
  let [count, slowestMs] = [0, 0];
  while (!over.aborted) {
    const startMs = performance.now();
    const { version } = await store.append(key, `${count};`);
    count += 1;
    check(version === count, `write ${count} of ${key} made version ${version}`);
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    await sleep(PACE_MS);
  }
  return { count, slowestMs };
}

async function killLeaders(cluster: TestCluster, kills: number): Promise<void> {
  for (let i = 0; i < kills; i++) {
    const { ordinal } = await cluster.untilLeader();
    await cluster.kill(ordinal);
    await cluster.untilServing(DEADLINE_MS);
    cluster.start(ordinal);
    await cluster.untilWhole(DEADLINE_MS);
  }
}

async function checkRefusal(store: Store): Promise<void> {
  const error = await store.put("log/0", "x", { ifVersion: 0 }).catch((each: unknown) => each);
  const isRefused = error instanceof RefusedError && error.code === "versionMismatch" && Number(error.details["version"]) > 0;
  check(isRefused, `a guard that fails is told with the version that there is: ${String(error)}`);
  check((await store.delete("log/0")).deleted && (await store.get("log/0")) === null, "what was deleted is gone");
}
