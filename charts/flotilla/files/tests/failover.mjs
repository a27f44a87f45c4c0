// `helm test`: every group has a leader; writes, deletes a pod that leads, and reads everything back; writes go on meanwhile. What it
// wrote is deleted. Needs nothing but Node.
import { randomUUID } from "node:crypto";
import { deletePod } from "./delete-pod.mjs";
import { authorization, expect, untilDone } from "./patience.mjs";

const { STORE } = process.env;
/** The members of each group. */
const GROUPS = process.env.GROUPS.split(";").map((members) => members.split(","));
/** Of this run alone: whatever else is in the store is somebody's. */
const RUN = `helm-test-${randomUUID()}`;
const KEYS = Array.from({ length: 60 }, (_, i) => `${RUN}-${i}`);

const write = (key, value) => store(key, { method: "PUT", body: JSON.stringify({ value }), headers: { "content-type": "application/json" } });
const read = async (key) => (await store(key, {})).value;

for (const group of GROUPS) console.log(`${(await untilDone("a leader", () => findLeader(group))).name} leads`);
try {
  await outliveLeader(GROUPS[0]);
} finally {
  await forgetKeys();
}

async function outliveLeader(group) {
  console.log(`writing ${KEYS.length} keys`);
  for (const key of KEYS) await write(key, `before ${key}`);

  const leader = await untilDone("a leader", () => findLeader(group));
  console.log(`deleting the pod ${leader.name}, which leads in term ${leader.term}`);
  await deletePod(leader.name);

  for (const key of KEYS) {
    expect(await read(key), `before ${key}`);
    await write(key, `after ${key}`);
    expect(await read(key), `after ${key}`);
  }
  console.log(`all ${KEYS.length} keys were there, and could be written again`);
  const next = await untilDone("another leader", () => findLeader(group, leader.term));
  console.log(`${next.name} leads now, in term ${next.term}`);
}

/** All at once, as a store that does not answer would keep each of them waiting. Why a test failed is not hidden by what is left. */
async function forgetKeys() {
  const ends = await Promise.allSettled(KEYS.map((key) => store(key, { method: "DELETE" })));
  const left = ends.filter(({ status }) => status === "rejected").length;
  if (left === 0) return;
  console.log(`${left} keys that begin with ${RUN} could not be deleted`);
  process.exitCode = 1;
}

/** Any of these may be answered with "not now" while a leader is missing: asked again until it is answered. */
function store(key, options) {
  return untilDone(`${options.method ?? "GET"} ${key}`, async () => {
    const headers = { ...options.headers, ...authorization };
    const response = await fetch(`${STORE}/v1/kv/${key}`, { ...options, headers, signal: AbortSignal.timeout(6_000) });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  });
}

/** Of a later term: not the one that was deleted, even where its successor has its name, as the only member of its group has. */
async function findLeader(members, afterTerm = -1) {
  for (const origin of members) {
    try {
      const { role, term } = await (
        await fetch(`${origin}/v1/status`, { headers: authorization, signal: AbortSignal.timeout(2_000) })
      ).json();
      if (role === "leader" && term > afterTerm) return { name: new URL(origin).hostname.split(".")[0], term };
    } catch {
      // the next one knows, or another try does
    }
  }
  throw new Error("no member says that it leads");
}
