import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { RequestStream } from "../../../runtime/http/asking-stream.ts";
import { asCluster, asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { encodeResult } from "../../../core/kv/results.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { addHealthRoutes } from "../../../runtime/http/health.ts";
import { createHttpServer, listenHttp } from "../../../runtime/http/http-server.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { ReplicaApi } from "../../../services/replica/api.ts";
import { memberAddresses, replicaConfig } from "../../../services/replica/config.ts";
import { MemberDoor } from "../../../runtime/replica/member-door.ts";
import { MemberStatus } from "../../../runtime/replica/member-status.ts";
import type { Life } from "../../../runtime/replica/member.ts";
import { freePort } from "../../runtime/peers/peer-fixture.ts";

type Answering = (operation: ClientOperation) => Outcome<Reply>;

const PEERS = "127.0.0.1:7401,127.0.0.1:7411,127.0.0.1:7421";
const MEMBERSHIP = foundingMembership(
  [0, 1, 2].map((ordinal) => ({ member: asMember(`m${ordinal}`), place: { ordinal, address: `127.0.0.1:74${ordinal}1` } })),
);
const apps: FastifyInstance[] = [];
const doors: { readonly close: () => Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all([...doors.splice(0).map((door) => door.close()), ...apps.splice(0).map((app) => app.close())]);
});

/** A replica at place 0 whose consensus answers as told. */
function replica({
  answering,
  leader = "m0",
  isBorn = true,
  httpPeers,
}: {
  answering: Answering;
  leader?: string;
  isBorn?: boolean;
  httpPeers?: string;
}): FastifyInstance {
  const config = replicaConfig({
    FLOTILLA_ORDINAL: "0",
    FLOTILLA_PEERS: PEERS,
    FLOTILLA_DATA_DIR: "/data",
    FLOTILLA_HTTP_PEERS: httpPeers ?? "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3",
  });
  const raft = {
    membership: MEMBERSHIP,
    leader: asMember(leader),
    role: leader === "m0" ? "leader" : "follower",
    isLearner: false,
    self: "m0",
    term: 3,
  };
  const host = {
    status: () => ({ raft, stage: "serving", appliedIndex: 9 }),
    ask: (operation: ClientOperation, _timeoutMs: number, answer: (outcome: Outcome<Reply>) => void) => {
      answer(answering(operation));
      return null;
    },
    untilLeader: (msMax: number) => new Promise((resolve) => setTimeout(resolve, msMax)),
    abandon: () => undefined,
  };
  const machine = new ShardedStateMachine({ group: config.group, limits: config.limits });
  const configuration = encodeConfiguration(ownConfiguration(config.group, memberAddresses(config)));
  machine.apply(encodeGroupCommand({ kind: "adopt", configuration }), { index: asIndex(1), serviceIndex: asServiceIndex(1), stampMs: 1 });
  const life = { member: asMember("m0"), cluster: asCluster("c"), host, machine } as unknown as Life<ShardedStateMachine>;
  const member = {
    life: isBorn ? life : null,
    waiting: { reasons: isBorn ? [] : ["place 2 (x) does not answer"], recovery: null },
    peerIdentity: null,
  };
  const metrics = new Metrics({ service: "replica", version: "0" });
  const app = createHttpServer({ service: "replica", requestBytesMax: 2_000_000, metrics, logger: SILENT });
  const door = new MemberDoor({ config, member, clock: systemClock });
  const status = new MemberStatus({ service: "replica", config, member, door, registration: null });
  const api = new ReplicaApi({ config, member, door, status, clock: systemClock, count: () => undefined });
  door.addRoutes(app);
  api.addRoutes(app);
  addHealthRoutes(app, status.health, metrics);
  apps.push(app);
  doors.push(door, api);
  return app;
}

type Call = { readonly method?: string; readonly url: string; readonly payload?: unknown; readonly headers?: Record<string, string> };
type Answer = { readonly statusCode: number; readonly headers: Record<string, string>; readonly body: string; json(): unknown };

async function call(app: FastifyInstance, { method = "GET", url, payload, headers = {} }: Call): Promise<Answer> {
  if (!app.server.listening) await listenHttp(app, { host: "127.0.0.1", port: await freePort() });
  const { port } = app.server.address() as AddressInfo;
  const body = payload === undefined ? {} : { body: JSON.stringify(payload) };
  const response = await fetch(`http://127.0.0.1:${port}${url}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...body,
  });
  const text = await response.text();
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: text,
    json: () => JSON.parse(text) as unknown,
  };
}

const result = (bytes: Uint8Array): Outcome<Reply> => done({ kind: "result", result: bytes, index: asIndex(9), term: asTerm(3) });
const written: Answering = () => result(encodeResult({ kind: "written", version: 1, revision: 7 }));
const notLeader: Answering = () => refused("notLeader", "another leads");

test("a write is answered with where it is in the log", async () => {
  const response = await call(replica({ answering: written }), { method: "PUT", url: "/v1/kv/a", payload: { value: "x" } });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual({ version: 1, revision: 7 });
  expect(response.headers).toMatchObject({ "flotilla-group": "1", "flotilla-term": "3", "flotilla-index": "9" });
});

test("the key is taken as it was sent: a slash in it is not the path's", async () => {
  const asked: ClientOperation[] = [];
  const app = replica({
    answering: (operation) => (asked.push(operation), result(encodeResult({ kind: "found", version: 1, revision: 1, value: utf8("v") }))),
  });
  const response = await call(app, { method: "GET", url: "/v1/kv/a%2Fb%25?consistency=stale" });
  expect(response.json()).toEqual({ key: "a/b%", value: "v", version: 1, revision: 1 });
  expect(asked).toHaveLength(1);
});

test.each<{ name: string; answering: Answering; status: number; error: Record<string, unknown> }>([
  {
    name: "a missing key",
    answering: () => result(encodeResult({ kind: "absent" })),
    status: 404,
    error: { code: "keyNotFound", outcome: "refused" },
  },
  {
    name: "a failed guard",
    answering: () => result(encodeResult({ kind: "versionMismatch", version: 4, revision: 8 })),
    status: 409,
    error: { code: "versionMismatch", outcome: "refused", version: 4, revision: 8 },
  },
  {
    name: "an outcome that is not known",
    answering: () => unknown("leadershipLost"),
    status: 503,
    error: { code: "leadershipLost", outcome: "unknown" },
  },
  {
    name: "an expired session",
    answering: () => refused("sessionExpired", "too late"),
    status: 410,
    error: { code: "sessionExpired", outcome: "refused" },
  },
])("$name has its status and its code", async ({ answering, status, error }) => {
  const response = await call(replica({ answering }), { method: "PUT", url: "/v1/kv/a", payload: { value: "x" } });
  expect(response.statusCode).toBe(status);
  expect(response.json()).toMatchObject({ error });
});

test("a member without a group says what it waits for, and is started but not ready", async () => {
  const app = replica({ answering: written, isBorn: false });
  const response = await call(app, { method: "PUT", url: "/v1/kv/a", payload: { value: "x" } });
  expect(response.json()).toMatchObject({ error: { code: "starting", message: "this member is waiting: place 2 (x) does not answer" } });
  expect((await call(app, { url: "/livez" })).statusCode).toBe(200);
  expect((await call(app, { url: "/startupz" })).statusCode).toBe(200);
  const ready = await call(app, { url: "/readyz" });
  expect(ready.statusCode).toBe(503);
  expect(ready.body).toContain("waiting: place 2 (x) does not answer");
});

test.each([
  { method: "POST" as const, url: "/v1/clients", payload: { name: "me" }, says: 'there is no field "name" here' },
  { method: "POST" as const, url: "/v1/leader/transfer", payload: { whom: 1 }, says: 'there is no field "whom" here' },
  { method: "POST" as const, url: "/v1/leader/transfer", payload: { to: 9 }, says: '"to" must be the ordinal of a voting member' },
  { method: "POST" as const, url: "/v1/places/close", payload: { from: 0 }, says: 'the field "from" must be >= 1' },
  { method: "POST" as const, url: "/v1/places/close", payload: {}, says: 'the field "from" is missing' },
  { method: "POST" as const, url: "/v1/leader/transfer", payload: [1], says: "the body must be a JSON object" },
])("$method $url refuses $payload", async ({ method, url, payload, says }) => {
  const response = await call(replica({ answering: () => done({ kind: "accepted", term: asTerm(1) }) }), { method, url, payload });
  expect(response.statusCode).toBe(400);
  expect(response.json()).toMatchObject({ error: { code: "badRequest", message: says } });
});

test("leadership goes to the member of a place", async () => {
  const asked: ClientOperation[] = [];
  const app = replica({ answering: (operation) => (asked.push(operation), done({ kind: "accepted", term: asTerm(3) })) });
  expect((await call(app, { method: "POST", url: "/v1/leader/transfer", payload: { to: 2 } })).json()).toEqual({
    accepted: true,
    term: 3,
  });
  expect(asked).toEqual([{ kind: "transferLeadership", to: "m2" }]);
});

test("places are closed, and opened", async () => {
  const asked: ClientOperation[] = [];
  const app = replica({ answering: (operation) => (asked.push(operation), done({ kind: "accepted", term: asTerm(3) })) });
  for (const from of [3, null]) {
    const response = await call(app, { method: "POST", url: "/v1/places/close", payload: { from } });
    expect(response.json()).toEqual({ accepted: true, term: 3 });
  }
  expect(asked).toEqual([3, null].map((from) => ({ kind: "changeMembership", change: { kind: "closePlaces", from } })));
});

describe("a follower", () => {
  async function follower(answering: Answering, leaderAnswering: Answering): Promise<FastifyInstance> {
    const port = await freePort();
    const leader = replica({ answering: leaderAnswering });
    await listenHttp(leader, { host: "127.0.0.1", port });
    return replica({ answering, leader: "m1", httpPeers: `127.0.0.1:1,127.0.0.1:${port},127.0.0.1:3` });
  }

  const put = (app: FastifyInstance, headers: Record<string, string> = {}) =>
    call(app, { method: "PUT", url: "/v1/kv/a%2Fb?keyEncoding=utf8", payload: { value: "x" }, headers });

  test("hands a write on to its leader, and the leader's answer back", async () => {
    const response = await put(await follower(notLeader, written));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ version: 1, revision: 7 });
    expect(response.headers["flotilla-index"]).toBe("9");
  });

  test("does not hand on what was handed on already: it says where to go", async () => {
    const response = await put(await follower(notLeader, written), { "flotilla-forwarded": "1" });
    expect(response.statusCode).toBe(421);
    expect(response.json()).toMatchObject({
      error: { code: "notLeader", outcome: "refused", leader: expect.stringContaining("http://127.0.0.1:") as unknown },
    });
  });

  test("tries again what the leader certainly did not take", async () => {
    let tries = 0;
    const response = await put(await follower(notLeader, (operation) => (++tries < 3 ? notLeader(operation) : written(operation))));
    expect(response.statusCode).toBe(200);
    expect(tries).toBe(3);
  });

  test("never sends again what the leader may have taken", async () => {
    let tries = 0;
    const response = await put(await follower(notLeader, () => (tries++, unknown("leadershipLost"))));
    expect(response.json()).toMatchObject({ error: { code: "leadershipLost", outcome: "unknown" } });
    expect(tries).toBe(1);
  });

  test("gives up at the deadline when no leader can be reached: it certainly did not happen", async () => {
    const response = await put(replica({ answering: notLeader, leader: "m2" }), { "flotilla-deadline-ms": "150" });
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ error: { code: "noQuorum", outcome: "refused" } });
  });
});

test("an own answer that this member can't read or did not expect is of something that may have happened: unknown, on both doors", async () => {
  const app = replica({ answering: () => result(new Uint8Array([250])) });
  const response = await call(app, { method: "PUT", url: "/v1/kv/a", payload: { value: "x" } });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({ error: { code: "internal", outcome: "unknown" } });
  const other = replica({ answering: () => done({ kind: "accepted", term: asTerm(3) }) });
  const port = await freePort();
  await listenHttp(other, { host: "127.0.0.1", port });
  const stream = new RequestStream(`http://127.0.0.1:${port}`);
  const body = encodeCommand({ kind: "put", key: utf8("a"), guards: NO_GUARDS, value: utf8("x") });
  expect(await stream.ask({ kind: "write", deadlineMs: 1_000, session: null, body })).toEqual({ kind: "unknown", after: "internal" });
  stream.close();
});
