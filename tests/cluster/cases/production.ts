// The profile for data that must not be lost, with nothing but its sizes made smaller: members of a group never share a node, whoever has
// no token is refused at every door, and whoever has one is served while a member is deleted.
import { check } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { needNodes } from "../nodes.ts";
import type { Pod } from "../pods.ts";
import { COMPONENTS } from "../pods.ts";
import { Release } from "../release.ts";
import { seconds } from "../seconds.ts";
import { MODULE, runTool } from "../tool-pod.ts";

const REPLICAS = 3;
/** Sizes only: what is promised stays as the profile says. */
const SIZES = Object.fromEntries(
  COMPONENTS.flatMap((component) => [
    [`${component}.resources.requests.cpu`, "20m"],
    [`${component}.resources.requests.memory`, "128Mi"],
    [`${component}.resources.limits.memory`, component === "worker" ? "1Gi" : "512Mi"],
    ...(component === "replica" || component === "controller" ? [[`${component}.storage.size`, "1Gi"]] : []),
  ]),
) as Readonly<Record<string, string>>;

export const production: ClusterCase = {
  name: "the production profile serves whoever has a token, and nobody else",
  needs: () => needNodes(REPLICAS),
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, profile: "values-production.yaml", values: SIZES });
    say(await checkApart(release));
    say(await checkHeap(release));
    const { doors, right } = JSON.parse(await runTool(release, { name: "doors", program: MODULE, args: [ASK] })) as Asked;
    const open = Object.entries(doors).filter(([, answer]) => !REFUSAL.test(answer));
    check(open.length === 0, `nobody without a token is served: ${JSON.stringify(open)}`);
    check(Object.keys(doors).length === DOORS, `all doors were tried: ${Object.keys(doors).join(", ")}`);
    check(right.join() === "written,written,+OK,$7,written", `whoever has one is served: ${JSON.stringify(right)}`);
    say(`${DOORS} doors are closed without a token; with one HTTP, Redis and jobs answer`);

    const load = await CheckedLoad.start(release, { name: "load", isPatient: true });
    const [pod] = await release.pods("replica");
    check(pod !== undefined, "there is a replica");
    say(`${pod.name} replaced after ${seconds(await release.replacePods([pod], "replica"))}`);
    say(checkNothingFailed(await load.verdict()));
    say(await release.test());
    await release.uninstall();
    await release.forget();
  },
};

async function checkApart(release: Release): Promise<string> {
  const pods = [...(await release.pods("replica")), ...(await release.pods("controller"))];
  const groupOf = ({ name }: Pod): string => name.replace(/-[0-9]+$/, "");
  const groups = [...new Set(pods.map(groupOf))];
  for (const group of groups) {
    const members = pods.filter((pod) => groupOf(pod) === group);
    const nodes = new Set(members.map(({ node }) => node));
    check(
      members.length === REPLICAS && nodes.size === REPLICAS,
      `members of ${group} are on nodes of their own: ${[...nodes].join(", ")}`,
    );
  }
  return `the members of ${groups.join(", ")} are on nodes of their own`;
}

/** V8 knows the limit of its container, and leaves room beside its heap. */
async function checkHeap(release: Release): Promise<string> {
  const script = `console.log(JSON.stringify([require("node:v8").getHeapStatistics().heap_size_limit, process.constrainedMemory()]))`;
  const [pod] = await release.pods("replica");
  const said = await release.kubectl(["exec", pod?.name ?? "", "--", "node", "-e", script]);
  const [heap = 0, limit = 0] = JSON.parse(said) as readonly number[];
  const share = heap / limit;
  check(share > 0.4 && share < 0.6, `V8 takes half of the limit, but it is ${heap} of ${limit} bytes`);
  return `V8 takes ${Math.round(100 * share)} % of a replica's memory limit`;
}

type Asked = { readonly doors: Readonly<Record<string, string>>; readonly right: readonly string[] };

/** 401 for nobody's token, 403 for one that is another. */
const REFUSAL = /^(401|403 .*the one that was given is another|-NOAUTH)/;
const DOORS = 8;
const ASK = `
import { connect } from "node:net";
const token = process.env.FLOTILLA_TOKEN;
const store = "http://${Release.fullname}:7400/v1/kv/door";
const jobs = "http://${Release.fullname}-coordinator:7400";
const put = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ value: "written" }) };
const withToken = (options, text = token) => ({ ...options, headers: { ...options.headers, authorization: "Bearer " + text } });
const status = async (url, options) => {
  const response = await fetch(url, options);
  return response.status + " " + await response.text();
};
const redis = (port, ...commands) => new Promise((resolve, reject) => {
  const socket = connect(port, "${Release.fullname}", () => socket.write(commands.map((words) => "*" + words.length + words.map((word) => "\\r\\n$" + word.length + "\\r\\n" + word).join("") + "\\r\\n").join("")));
  let heard = "";
  socket.setTimeout(5_000, () => socket.end());
  socket.on("data", (bytes) => (heard += bytes)).on("close", () => resolve(heard.trim().split("\\r\\n"))).on("error", reject);
  setTimeout(() => socket.end(), 2_000);
});
const doors = {
  read: await status(store, {}),
  write: await status(store, put),
  "wrong token": await status(store, withToken(put, "x".repeat(32))),
  jobs: await status(jobs + "/v1/jobs", {}),
  files: await status(jobs + "/v1/files", {}),
  "a job": await status(jobs + "/v1/jobs", { method: "POST", headers: put.headers, body: JSON.stringify({ app: "word-count", inputs: ["files:a"], output: "files:b" }) }),
  redis: (await redis(6379, ["GET", "door"]))[0],
  "redis, at the single endpoint": (await redis(6380, ["SET", "door", "x"]))[0],
};
const untilMs = Date.now() + 30_000;
let written = await fetch(store, withToken(put));
while (!written.ok && Date.now() < untilMs) written = await fetch(store, withToken(put));
const read = async () => (await (await fetch(store, withToken({}))).json()).value;
const list = await fetch(jobs + "/v1/jobs", withToken({}));
if (!list.ok) throw new Error("jobs: " + list.status);
const right = [await read(), await read(), ...(await redis(6380, ["AUTH", token], ["GET", "door"]))];
console.log(JSON.stringify({ doors, right }));
`;
