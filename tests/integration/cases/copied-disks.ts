// The disks of a whole cluster are copied, as a person does who wants to look at its data somewhere else, and started there with
// addresses of their own. Each copy has the id of a member that lives, and knows from its log where the others of its group were.
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { TestCase } from "../test-case.ts";
import { check, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

/** A leader would have heard of any other life by then. */
const LONG_ENOUGH_MS = 2_000;

export const copiedDisks: TestCase = {
  name: "a copy of all disks that is started elsewhere serves for itself and leaves the original alone",
  run: async ({ directory, say }) => {
    const original = await TestCluster.create({ directory: join(directory, "original") });
    const copy = await TestCluster.create({ directory: join(directory, "copy") });
    try {
      original.startAll();
      await original.untilServing();
      await original.untilWhole();
      await write(original, "before");
      await original.kill(...original.ordinals);
      for (const ordinal of original.ordinals)
        cpSync(original.replica(ordinal).dataDir, copy.replica(ordinal).dataDir, { recursive: true });
      original.startAll();
      await original.untilWhole();
      const members = await membersOf(original);
      copy.startAll();
      await copy.untilWhole();
      check((await membersOf(copy)).join() === members.join(), "the copies are who they were");
      check((await read(copy)) === "before", "a copy has what there was");
      await write(copy, "there");
      await write(original, "here");
      await sleep(LONG_ENOUGH_MS);
      check((await read(copy)) === "there", "the copy has what was written there");
      check((await read(original)) === "here", "the original has what was written here");
      check((await membersOf(original)).join() === members.join(), "the members of the original are who they were");
      check(original.setAside + copy.setAside === 0, "nobody takes another one for a later life of itself");
      original.checkNobodyEnded();
      copy.checkNobodyEnded();
      say("two groups of the same ids, each at its own addresses");
    } finally {
      await copy.stop();
      await original.stop();
    }
  },
};

const membersOf = async (cluster: TestCluster): Promise<readonly string[]> =>
  Promise.all(cluster.ordinals.map(async (ordinal) => String((await cluster.told(ordinal))["member"])));

/** At each member itself: a client would go where the map says that the shards are. */
const keyAt = (cluster: TestCluster, ordinal: number): string => `${cluster.replica(ordinal).origin}/v1/kv/whose`;

async function write(cluster: TestCluster, value: string): Promise<void> {
  const { ok, status } = await fetch(keyAt(cluster, 0), { method: "PUT", body: JSON.stringify({ value }), headers: JSON_TYPE });
  check(ok, `a write is taken: ${status}`);
}

async function read(cluster: TestCluster): Promise<unknown> {
  const answers = await Promise.all(
    cluster.ordinals.map(async (ordinal) => (await (await fetch(keyAt(cluster, ordinal))).json()) as { readonly value?: unknown }),
  );
  const values = new Set(answers.map(({ value }) => value));
  check(values.size === 1, `all members say the same: ${JSON.stringify(answers)}`);
  return answers[0]?.value;
}

const JSON_TYPE = { "content-type": "application/json" } as const;
