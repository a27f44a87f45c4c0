import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";
import { GroupStatuses, isOrigin } from "../../../runtime/replica/group-statuses.ts";

const servers: Server[] = [];
const statuses = new GroupStatuses();

afterEach(() => servers.splice(0).forEach((server) => server.close()));
afterAll(() => statuses.close());

/** A replica that says this of itself. */
async function replica(text: string): Promise<MemberAddress> {
  const server = createServer((_request, response) => response.end(text));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { peer: "127.0.0.1:1", http: `http://127.0.0.1:${port}`, redis: null };
}

const ADDRESSES = { peer: "a:1", http: "http://a:2", redis: null };
const said = (fields: object): string => JSON.stringify({ group: "1", clusterId: "c", addresses: ADDRESSES, ...fields });

test("a replica says where it is", async () => {
  const { http } = await replica(said({}));
  expect(await statuses.statusAt(http)).toMatchObject({ group: "1", clusterId: "c", address: ADDRESSES });
});

test.each([
  "",
  "[]",
  "null",
  "{",
  '{"group":"1"}',
  '{"group":"1","addresses":{"peer":7}}',
  '{"group":1,"addresses":{"peer":"a:1","http":"b"}}',
])("%j is no status of a replica", async (text) => {
  const { http } = await replica(text);
  expect(await statuses.statusAt(http)).toBeNull();
});

test("nobody there is no status either", async () => {
  expect(await statuses.statusAt("http://127.0.0.1:1")).toBeNull();
  expect(await statuses.statusAt("file:///etc/passwd")).toBeNull();
});

test("a group's leader speaks for it; a member of another group does not, and who is silent is left out", async () => {
  const shards = { serving: [1], pulling: [7], frozen: [8, "x"], handedOver: [] };
  const follower = await replica(said({ role: "follower", configNumber: 3, shards: { ...shards, pulling: [] } }));
  const leader = await replica(said({ role: "leader", configNumber: 4, shards }));
  const stranger = await replica(said({ group: "2", role: "leader", configNumber: 9 }));
  const old = await replica(said({ group: "3" }));
  const groups = new Map<GroupId, readonly MemberAddress[]>([
    [asGroup("1"), [stranger, follower, leader]],
    [asGroup("2"), [{ peer: "x:1", http: "http://127.0.0.1:1", redis: null }]],
    [asGroup("3"), [old]],
  ]);
  const none = { configNumber: null, pulling: [], frozen: [], handedOver: [] };
  expect([...(await statuses.shardsOf(groups))]).toEqual([
    ["1", { configNumber: 4, pulling: [7], frozen: [8], handedOver: [] }],
    ["3", none],
  ]);
});

test("of a group that has to be certain only leaders of the cluster speak, the latest of two, and it is said who is too old", async () => {
  const shards = { serving: [1], pulling: [], frozen: [2], handedOver: [] };
  const leader = {
    ...{ role: "leader", stage: "serving", termStarted: true, appliedIndex: 9, commitIndex: 9 },
    ...{ member: "m0", configNumber: 4, shards, knownVersion: 2 },
  };
  const deposed = await replica(said({ ...leader, term: 8, configNumber: 3, behindVersion: [] }));
  const leading = await replica(said({ ...leader, term: 9, behindVersion: ["m7"] }));
  const older = await replica(said({ ...leader, group: "2", knownVersion: 1 }));
  const stranger = await replica(said({ ...leader, group: "3", clusterId: "d" }));
  const follower = await replica(said({ ...leader, group: "4", role: "follower" }));
  const asked = new Map([
    [asGroup("1"), [deposed, leading]],
    [asGroup("2"), [older]],
    [asGroup("3"), [stranger]],
    [asGroup("4"), [follower]],
  ]);
  const expected = { configNumber: 4, serving: [1], pulling: [], frozen: [2] };
  expect([...(await statuses.leadersOf(asked, "c"))]).toEqual([
    ["1", { ...expected, tooOld: ["m7"] }],
    ["2", { ...expected, tooOld: ["m0"] }],
  ]);
});

test.each([
  { why: "it reads a snapshot", fields: { stage: "restoring" }, speaks: false },
  { why: "nothing of its term is committed", fields: { termStarted: false }, speaks: false },
  { why: "it has not applied what is", fields: { appliedIndex: 8 }, speaks: false },
  { why: "an older version, which is to be named", fields: { termStarted: undefined }, speaks: true },
])("what a leader says is what its group has only once it has applied all that was committed: $why", async ({ fields, speaks }) => {
  const settled = { role: "leader", stage: "serving", termStarted: true, appliedIndex: 9, commitIndex: 9, member: "m0", configNumber: 4 };
  const leading = await replica(said({ ...settled, ...fields }));
  const answers = await statuses.leadersOf(new Map([[asGroup("1"), [leading]]]), "c");
  expect(answers.size).toBe(speaks ? 1 : 0);
});

test.each([
  { text: "http://a:1", expected: true },
  { text: "https://[::1]:1/", expected: true },
  { text: "http://a:1/path", expected: false },
  { text: "ftp://a", expected: false },
  { text: "a:1", expected: false },
])("$text is an origin: $expected", ({ text, expected }) => {
  expect(isOrigin(text)).toBe(expected);
});
