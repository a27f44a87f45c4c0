import type { AddressInfo } from "node:net";
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup, asIndex, asTerm } from "../../../core/base/ids.ts";
import { done, unknown } from "../../../core/base/outcome.ts";
import { listenHttp } from "../../../runtime/http/http-server.ts";
import type { GroupStatuses } from "../../../runtime/replica/group-statuses.ts";
import type { GroupSaid } from "../../../core/shard-controller/holders.ts";
import { SCHEMAS } from "../../../services/shard-controller/api.ts";
import { addressOf, AskedMachine, foundingMembers, members } from "../../core/shard-controller/groups.ts";
import { freePort } from "../../runtime/peers/peer-fixture.ts";
import type { Answer } from "./a-controller.ts";
import { call, closeControllers, controller, joined, NOBODY } from "./a-controller.ts";

afterEach(closeControllers);

test("the first configuration has no groups", async () => {
  const { status, body } = await call(controller(), "/v1/config");
  expect(status).toBe(200);
  expect(body).toMatchObject({ number: 0, groups: {} });
  expect(body["shards"]).toEqual(new Array(256).fill(null));
});

test("joins, leaves and moves answer with the configuration that holds after them", async () => {
  const app = controller();
  const first = await call(app, "/v1/groups/join", { groups: { "1": [addressOf("1", 0), { peer: "x:1", http: "http://x:2" }] } });
  expect(first).toMatchObject({ status: 200, body: { number: 1, groups: { "1": ["http://1-0.:7400", "http://x:2"] } } });
  expect(first.body["members"]).toEqual({ "1": [addressOf("1", 0), { peer: "x:1", http: "http://x:2", redis: null }] });
  expect((await call(app, "/v1/groups/join", { groups: { "2": [addressOf("2", 0)] } })).body["number"]).toBe(2);
  const moved = await call(app, "/v1/shards/move", { shard: 0, group: "2" });
  expect((moved.body["shards"] as string[])[0]).toBe("2");
  expect((await call(app, "/v1/groups/leave", { groups: ["1"] })).body).toMatchObject({ number: 4, groups: { "2": ["http://2-0.:7400"] } });
  expect((await call(app, "/v1/groups/leave", { groups: ["1"] })).body["number"]).toBe(4);
  expect((await call(app, "/v1/config?number=1")).body).toEqual(first.body);
});

test("changes are counted by what became of them, from 0 on; what applying it refused is no change", async () => {
  const app = controller({ asked: joined("1") });
  const counted = async (series: string): Promise<string | undefined> => {
    const { port } = app.server.address() as AddressInfo;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return new RegExp(`^flotilla_controller_changes_total\\{${series}\\} (\\d+)$`, "m").exec(text)?.[1];
  };
  expect((await call(app, "/v1/shards/move", { shard: 0, group: "9" })).status).toBe(400);
  expect((await call(app, "/v1/shards/move", { shard: 0, group: "1" })).status).toBe(200);
  expect(await counted('operation="move",result="done"')).toBe("1");
  expect(await counted('operation="move",result="refused"')).toBe("1");
  expect(await counted('operation="settle",result="unknown"')).toBe("0");
});

describe("a group that is gone for good", () => {
  const ALL = Array.from({ length: 256 }, (_, shard) => shard);
  const said = { configNumber: 2, serving: ALL, pulling: [], frozen: [], tooOld: [] };
  const saying = (more: object): typeof NOBODY => ({
    ...NOBODY,
    leadersOf: () => Promise.resolve(new Map([[asGroup("1"), { ...said, ...more }]])),
  });

  function halfMoved(): AskedMachine {
    const asked = joined("1");
    asked.apply({ kind: "join", groups: [members("2")] });
    return asked;
  }

  test("what was to go to it is taken back, and asking once more changes nothing", async () => {
    const app = controller({ asked: halfMoved(), statuses: saying({}) });
    const answer = await call(app, "/v1/groups/leave", { groups: ["2"], gone: true });
    expect(answer).toMatchObject({ status: 200, body: { number: 3, shards: ALL.map(() => "1") } });
    expect(Object.keys(answer.body["groups"] as object)).toEqual(["1"]);
    expect((await call(app, "/v1/groups/leave", { groups: ["2"], gone: true })).body["number"]).toBe(3);
  });

  test.each([
    { name: "it never joined", more: {}, body: { groups: ["9"], gone: true }, says: "group 9 has not joined" },
    { name: "a shard stands still", more: { serving: ALL.slice(1), frozen: [0] }, body: { groups: ["2"], gone: true }, says: "evenFrozen" },
    { name: "a member is too old", more: { tooOld: ["m7"] }, body: { groups: ["2"], gone: true }, says: "m7" },
    { name: "it is not said to be gone", more: {}, body: { groups: ["2"], evenFrozen: true }, says: '"gone"' },
  ])("nothing is changed where $name", async ({ more, body, says }) => {
    const asked = halfMoved();
    const answer = await call(controller({ asked, statuses: saying(more) }), "/v1/groups/leave", body);
    expect(answer).toMatchObject({ status: 400, body: { error: { message: expect.stringContaining(says) as string } } });
    expect(asked.machine.latest.number).toBe(2);
  });

  test.each([false, true])("a group that answers, where nothing moves, is not gone (evenFrozen: %s)", async (evenFrozen) => {
    const asked = joined("1");
    const app = controller({ asked, statuses: saying({ configNumber: 1 }) });
    const answer = await call(app, "/v1/groups/leave", { groups: ["1"], gone: true, evenFrozen });
    expect(answer).toMatchObject({ status: 400, body: { error: { message: "group 1 answers: it is not gone" } } });
    expect(asked.machine.latest.number).toBe(1);
  });

  test("F51: whoever was in a configuration that is known is asked, once, where it was last, and may be named", async () => {
    const asked = halfMoved();
    asked.apply({ kind: "join", groups: [members("__proto__")] });
    asked.apply({ kind: "join", groups: [members("2", 2)] });
    asked.apply({ kind: "leave", groups: [asGroup("2"), asGroup("__proto__")] });
    for (let i = 0; i < 8; i++) asked.apply({ kind: "join", groups: [members("1", 1 + (i % 2))] });
    const { number } = asked.configuration();
    const leadersOf = jest.fn<ReturnType<(typeof NOBODY)["leadersOf"]>, Parameters<(typeof NOBODY)["leadersOf"]>>(() =>
      Promise.resolve(new Map([[asGroup("1"), { ...said, configNumber: number }]])),
    );
    const app = controller({ asked, statuses: { ...NOBODY, leadersOf } });
    expect((await call(app, "/v1/groups/leave", { groups: ["2"], gone: true })).status).toBe(200);
    const [groups] = leadersOf.mock.calls.at(-1) ?? [];
    expect([...(groups ?? [])].map(([group, addresses]) => [group, addresses.length])).toEqual([
      ["1", 2],
      ["2", 2],
      ["__proto__", 3],
    ]);
  });

  test("F51: what ends by itself is no bad request: the same may be asked again", async () => {
    const asked = halfMoved();
    const conflict = { status: 409, body: { error: { code: "membershipChanging", outcome: "refused" } } };
    asked.apply({ kind: "join", groups: [members("3")] });
    const first = asked.configuration().shards.indexOf(asGroup("3"));
    const here = { ...said, configNumber: 3 };
    const groups = new Map<GroupId, GroupSaid>([
      [asGroup("1"), here],
      [asGroup("3"), { ...here, serving: [], pulling: [first] }],
    ]);
    const moving = controller({ asked, statuses: { ...NOBODY, leadersOf: () => Promise.resolve(groups) } });
    expect(await call(moving, "/v1/groups/leave", { groups: ["2"], gone: true })).toMatchObject(conflict);

    const leadersOf = (): ReturnType<(typeof NOBODY)["leadersOf"]> => {
      asked.apply({ kind: "move", shard: 0, group: asGroup("3") });
      return Promise.resolve(new Map([...groups].map(([group, each]) => [group, { ...each, pulling: [] }])));
    };
    const overtaken = controller({ asked, statuses: { ...NOBODY, leadersOf } });
    expect(await call(overtaken, "/v1/groups/leave", { groups: ["2"], gone: true })).toMatchObject(conflict);
  });

  test("a shard that stands still is taken back where that was said", async () => {
    const asked = halfMoved();
    const app = controller({ asked, statuses: saying({ serving: ALL.slice(1), frozen: [0] }) });
    expect((await call(app, "/v1/groups/leave", { groups: ["2"], gone: true, evenFrozen: true })).status).toBe(200);
    expect([...asked.machine.settlements]).toEqual([[3, ["2"]]]);
  });
});

test("a change that was applied and whose answer can't be read may have happened", async () => {
  const answer = { result: new Uint8Array([255]), index: asIndex(1), term: asTerm(1) };
  const app = controller({ answering: ({ kind }) => (kind === "write" ? done({ kind: "result", ...answer }) : null) });
  const { status, body } = await call(app, "/v1/groups/leave", { groups: ["1"] });
  expect([status, body.error]).toMatchObject([500, { code: "internal", outcome: "unknown" }]);
});

test("a number that is not there is not found, with those that are", async () => {
  expect(await call(controller({ asked: joined("1") }), "/v1/config?number=9")).toMatchObject({
    status: 404,
    body: {
      error: {
        code: "notFound",
        outcome: "refused",
        oldest: 0,
        latest: 1,
        message: "there is no configuration 9: those from 0 to 1 are there",
      },
    },
  });
});

test.each<{ name: string; path: string; payload?: unknown; says: string }>([
  {
    name: "an unknown field",
    path: "/v1/groups/join",
    payload: { groups: { "1": ["http://x:1"] }, now: true },
    says: 'there is no field "now" here',
  },
  {
    name: "an unknown field of an address",
    path: "/v1/groups/join",
    payload: { groups: { "1": [{ peer: "x:1", http: "http://x:2", name: "me" }] } },
    says: 'there is no field "groups.1.0.name" here',
  },
  {
    name: "half an address",
    path: "/v1/groups/join",
    payload: { groups: { "1": [{ peer: "x:1" }] } },
    says: 'the field "http" is missing',
  },
  { name: "no groups", path: "/v1/groups/join", payload: { groups: {} }, says: 'the field "groups" must NOT have fewer than 1 properties' },
  { name: "no body", path: "/v1/groups/leave", payload: {}, says: 'the field "groups" is missing' },
  {
    name: "a group twice",
    path: "/v1/groups/leave",
    payload: { groups: ["1", "1"] },
    says: 'the field "groups" must NOT have duplicate items (items ## 1 and 0 are identical)',
  },
  {
    name: "a shard that there isn't",
    path: "/v1/shards/move",
    payload: { shard: 256, group: "1" },
    says: 'the field "shard" must be <= 255',
  },
  {
    name: "a shard that is a text",
    path: "/v1/shards/move",
    payload: { shard: "1", group: "1" },
    says: 'the field "shard" must be integer',
  },
  { name: "a group that has not joined", path: "/v1/shards/move", payload: { shard: 1, group: "1" }, says: "group 1 has not joined" },
  { name: "no number", path: "/v1/config?number=x", says: 'the query parameter "number" must match pattern "^[0-9]{1,15}$"' },
  { name: "an unknown parameter", path: "/v1/config?nummer=1", says: 'there is no query parameter "nummer" here' },
  {
    name: "what is no origin",
    path: "/v1/groups/join",
    payload: { groups: { "1": ["x:1/path"] } },
    says: '"groups.1" has "x:1/path", which is not an origin like http://host:port',
  },
  {
    name: "a group whose name is half a character, which no snapshot could give back",
    path: "/v1/groups/join",
    payload: { groups: { "\ud800": [addressOf("1", 0)] } },
    says: "must match pattern",
  },
  {
    name: "a group of which nobody has heard",
    path: "/v1/groups/join",
    payload: { groups: { "1": [] } },
    says: '"groups.1" has no addresses, and nobody of that group has said where it is',
  },
])("$name is refused, and named", async ({ path, payload, says }) => {
  const answer = await call(controller(), path, payload);
  expect(answer).toMatchObject({ status: 400, body: { error: { code: "badRequest", outcome: "refused" } } });
  expect(answer.body.error?.["message"]).toContain(says);
});

describe("an origin", () => {
  const statuses = (status: Record<string, unknown> | null): Pick<GroupStatuses, "statusAt" | "shardsOf" | "leadersOf"> => ({
    ...NOBODY,
    statusAt: () => Promise.resolve(status === null ? null : { group: "1", clusterId: "c", address: addressOf("1", 0), ...status }),
  });
  const join = (status: Record<string, unknown> | null): Promise<Answer> =>
    call(controller({ statuses: statuses(status) }), "/v1/groups/join", { groups: { "1": ["http://x:1/"] } });

  test("is asked for its addresses", async () => {
    expect((await join({})).body["members"]).toEqual({ "1": [addressOf("1", 0)] });
    expect((await join({ clusterId: null })).status).toBe(200); // blank: it will be founded in this cluster
  });

  test("that does not answer, or belongs elsewhere, is refused", async () => {
    expect(await join(null)).toMatchObject({ status: 503, body: { error: { code: "starting" } } });
    expect((await join({ group: "2" })).body.error?.["message"]).toBe("http://x:1 is a replica of group 2, not of group 1");
    expect((await join({ clusterId: "d" })).body.error?.["message"]).toBe("http://x:1 belongs to another cluster");
  });
});

test("a group without addresses is where its members said that they are", async () => {
  const asked = new AskedMachine();
  asked.apply({ kind: "found", group: asGroup("1"), members: foundingMembers("1") });
  for (const ordinal of [2, 0]) asked.apply({ kind: "announce", group: asGroup("1"), ordinal, address: addressOf("1", ordinal) });
  const { body } = await call(controller({ asked }), "/v1/groups/join", { groups: { "1": [] } });
  expect(body["members"]).toEqual({ "1": [addressOf("1", 0), addressOf("1", 2)] });
});

test("a change that reaches a follower is handed on, and the leader's configuration back", async () => {
  const leader = controller();
  const port = await freePort();
  await listenHttp(leader, { host: "127.0.0.1", port });
  const follower = controller({ leader: "m1", httpPeers: `127.0.0.1:1,127.0.0.1:${port}` });
  expect(await call(follower, "/v1/groups/join", { groups: { "1": [addressOf("1", 0)] } })).toMatchObject({
    status: 200,
    body: { number: 1 },
  });
});

test("an outcome that is not known is said to be so", async () => {
  const app = controller({ answering: (operation) => (operation.kind === "write" ? unknown("leadershipLost") : null) });
  const answer = await call(app, "/v1/groups/leave", { groups: ["1"] });
  expect(answer).toMatchObject({ status: 503, body: { error: { code: "leadershipLost", outcome: "unknown" } } });
});

test("what moves comes from the groups, those that have just left included", async () => {
  const asked = joined("1", "2");
  asked.apply({ kind: "leave", groups: [asGroup("1")] });
  const asking: string[][] = [];
  const statuses: Pick<GroupStatuses, "statusAt" | "shardsOf" | "leadersOf"> = {
    ...NOBODY,
    shardsOf: (groups) => {
      asking.push([...groups.keys()].sort());
      return Promise.resolve(new Map([[asGroup("2"), { configNumber: 2, pulling: [0], frozen: [], handedOver: [] }]]));
    },
  };
  expect((await call(controller({ asked, statuses }), "/v1/migrations")).body).toEqual({
    number: 2,
    groups: { "1": { answered: false, configNumber: null }, "2": { answered: true, configNumber: 2 } },
    migrations: [{ shard: 0, from: "1", to: "2", state: "pulling" }],
  });
  expect(asking).toEqual([["1", "2"]]);
});

test("the status says which configuration this member has", async () => {
  const asked = joined("1");
  asked.apply({ kind: "found", group: asGroup("1"), members: foundingMembers("1") });
  expect((await call(controller({ asked }), "/v1/status")).body).toMatchObject({
    service: "shard-controller",
    group: "controllers",
    clusterId: "c",
    role: "leader",
    configNumber: 1,
    foundedGroups: ["1"],
  });
});

test("every call is described by the schemas that it is checked with", async () => {
  const answer = await controller().inject({ method: "GET", url: "/openapi.json" });
  const { paths } = answer.json<{ paths: Record<string, Record<string, { requestBody?: unknown; security: unknown }>> }>();
  expect(paths["/v1/groups/join"]?.["post"]).toMatchObject({
    requestBody: { required: true, content: { "application/json": { schema: SCHEMAS.join.body } } },
    security: [{ admin: [] }],
  });
  for (const path of ["/v1/config", "/v1/groups/leave", "/v1/shards/move", "/v1/migrations", "/v1/status", "/v1/clients"]) {
    expect(Object.keys(paths)).toContain(path);
  }
});
