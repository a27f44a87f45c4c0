// `helm test`: every group has a leader; writes, deletes a pod that leads, and reads everything back; writes go on meanwhile. Needs
// nothing but Node.
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { authorization, expect, untilDone } from "./patience.mjs";

const { STORE, NAMESPACE } = process.env;
/** The members of each group. */
const GROUPS = process.env.GROUPS.split(";").map((members) => members.split(","));
const KEYS = 60;
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const write = (key, value) => store(key, { method: "PUT", body: JSON.stringify({ value }), headers: { "content-type": "application/json" } });
const read = async (key) => (await store(key, {})).value;

for (const group of GROUPS) console.log(`${await untilDone("a leader", () => findLeader(group))} leads`);
console.log(`writing ${KEYS} keys`);
for (let i = 0; i < KEYS; i++) await write(`helm-test-${i}`, `before-${i}`);

const leader = await findLeader(GROUPS[0]);
console.log(`deleting the pod ${leader}, which leads`);
await deletePod(leader);

for (let i = 0; i < KEYS; i++) {
  expect(await read(`helm-test-${i}`), `before-${i}`);
  await write(`helm-test-${i}`, `after-${i}`);
  expect(await read(`helm-test-${i}`), `after-${i}`);
}
console.log(`all ${KEYS} keys were there, and could be written again`);
const next = await untilDone("another leader", () => findLeader(GROUPS[0]));
console.log(`${next} leads now`);

/** Any of these may be answered with "not now" while a leader is missing: asked again until it is answered. */
function store(key, options) {
  return untilDone(`${options.method ?? "GET"} ${key}`, async () => {
    const headers = { ...options.headers, ...authorization };
    const response = await fetch(`${STORE}/v1/kv/${key}`, { ...options, headers, signal: AbortSignal.timeout(6_000) });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  });
}

async function findLeader(members) {
  for (const origin of members) {
    try {
      const status = await (await fetch(`${origin}/v1/status`, { headers: authorization, signal: AbortSignal.timeout(2_000) })).json();
      if (status.role === "leader") return new URL(origin).hostname.split(".")[0];
    } catch {
      // the next one knows, or another try does
    }
  }
  throw new Error("no member says that it leads");
}

function deletePod(name) {
  const bearer = `Bearer ${readFileSync(`${ACCOUNT}/token`, "utf8")}`;
  const path = `/api/v1/namespaces/${NAMESPACE}/pods/${name}`;
  const options = { host: "kubernetes.default.svc", path, method: "DELETE", ca: readFileSync(`${ACCOUNT}/ca.crt`), headers: { authorization: bearer } };
  return new Promise((resolve, reject) => {
    const call = request(options, (response) => {
      response.resume();
      if (response.statusCode === 200 || response.statusCode === 202) resolve();
      else reject(new Error(`deleting ${name}: HTTP ${response.statusCode}`));
    });
    call.on("error", reject);
    call.end();
  });
}
