// Tokens from before and after a rotation, tried at each member and at the coordinators: once it has ended, the old ones are refused by
// everybody and the new ones by nobody.
import { check } from "../integration/test-case.ts";
import { Release } from "./release.ts";
import { MODULE, runTool } from "./tool-pod.ts";

export type Tokens = { readonly data: string; readonly admin: string };

export async function tokensOf(release: Release): Promise<Tokens> {
  const said = await release.kubectl(["get", "secret", `${Release.fullname}-tokens`, "--output", "jsonpath={.data}"]);
  const { data, admin } = JSON.parse(said) as Tokens;
  const text = (encoded: string): string => Buffer.from(encoded, "base64").toString();
  return { data: text(data), admin: text(admin) };
}

/** The statuses of the answers. */
type Tried = { readonly door: string; readonly before: number; readonly now: number };

export async function checkRotated(release: Release, before: Tokens): Promise<string> {
  const now = await tokensOf(release);
  check(now.data !== before.data && now.admin !== before.admin, "both tokens are others than before");
  const members = [...(await release.pods("replica")), ...(await release.pods("controller"))].map(({ name }) => name);
  const script = scriptFor(members, { before, now });
  const tried = JSON.parse(await runTool(release, { name: "tokens", program: MODULE, args: [script] })) as readonly Tried[];
  check(tried.length === 2 * members.length + 1, `all doors were tried: ${tried.map(({ door }) => door).join(", ")}`);
  const wrong = tried.filter((each) => each.before !== 403 || each.now === 401 || each.now === 403);
  check(wrong.length === 0, `the old tokens are refused, and the new ones are not: ${JSON.stringify(wrong)}`);
  return `at ${tried.length} doors the old tokens are refused, and the new ones are not`;
}

/** A transfer to nobody is refused behind the door. */
const scriptFor = (members: readonly string[], tokens: { readonly before: Tokens; readonly now: Tokens }): string => `
const tokens = ${JSON.stringify(tokens)};
const status = async (url, options, token) =>
  (await fetch(url, { ...options, headers: { ...options.headers, authorization: "Bearer " + token } })).status;
const tryDoor = async (door, url, kind, options = {}) => ({
  door,
  before: await status(url, options, tokens.before[kind]),
  now: await status(url, options, tokens.now[kind]),
});
const transfer = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
const tried = ${JSON.stringify(members)}.flatMap((name) => {
  const at = "http://" + name + "." + name.slice(0, name.lastIndexOf("-")) + ":7400";
  const data = name.includes("-controller-") ? "/v1/config" : "/v1/shard-map";
  return [tryDoor(name, at + data, "data"), tryDoor(name + ", to administer", at + "/v1/leader/transfer", "admin", transfer)];
});
tried.push(tryDoor("jobs", "http://${Release.fullname}-coordinator:7400/v1/jobs", "data"));
console.log(JSON.stringify(await Promise.all(tried)));
`;
