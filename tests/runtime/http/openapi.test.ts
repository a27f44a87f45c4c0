import type { FastifyInstance } from "fastify";
import { REFUSALS } from "../../../core/base/outcome.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { SHARDS } from "../../../core/shards/slots.ts";
import { ANSWERS } from "../../../runtime/http/answer-schemas.ts";
import type { AnswerName } from "../../../runtime/http/answer-schemas.ts";
import { createHttpServer } from "../../../runtime/http/http-server.ts";
import { KV_SCHEMAS } from "../../../runtime/http/kv/kv-schemas.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { DoorFixture, twoGroups } from "./kv/door-fixture.ts";

type Operation = {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly security: readonly object[];
};
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: { readonly Error: { readonly description: string } } };
};

let door: DoorFixture;
beforeAll(() => {
  door = new DoorFixture(asGroup("1"), () => []);
  door.adopt(twoGroups(1, SHARDS));
});
afterAll(() => door.close());

const read = async (): Promise<Document> => (await door.call({ url: "/openapi.json" })).body as unknown as Document;

test("every call is described by the schemas that it is checked with", async () => {
  const { openapi, paths } = await read();
  expect(openapi).toBe("3.1.0");
  const put = paths["/v1/kv/{key}"]?.["put"];
  expect(put?.requestBody).toEqual({ required: true, content: { "application/json": { schema: KV_SCHEMAS.put.body } } });
  expect(put?.parameters.map((each) => `${each.in} ${each.name}`)).toEqual([
    "path key",
    "query keyEncoding",
    "query encoding",
    "header flotilla-deadline-ms",
    "header flotilla-client",
    "header flotilla-serial",
    "header flotilla-acked",
    "header flotilla-route",
  ]);
  expect(put?.security).toEqual([{ data: [] }]);
  expect(paths["/v1/kv/{key}/increment"]?.["post"]?.requestBody?.required).toBe(false);
  expect(Object.keys(paths)).toEqual([
    ...["/openapi.json", "/v1/batch", "/v1/clients", "/v1/kv", "/v1/kv/{key}", "/v1/kv/{key}/append", "/v1/kv/{key}/increment"],
    ...["/v1/leader/transfer", "/v1/members", "/v1/members/{member}", "/v1/places/close", "/v1/shard-map", "/v1/txn"],
  ]);
});

test("every code of the catalogue is named", async () => {
  const { components } = await read();
  for (const code of Object.keys(REFUSALS)) expect(components.responses.Error.description).toContain(code);
});

describe("answers are as the document says", () => {
  let judge: FastifyInstance;

  beforeAll(() => {
    const metrics = new Metrics({ service: "replica", version: "0" });
    const facts = { access: "open", summary: "", answer: null, headers: [] } as const;
    const routes = Object.fromEntries(
      ["GET /openapi.json", ...Object.keys(ANSWERS).map((name) => `POST /${name}`)].map((each) => [each, facts]),
    );
    judge = createHttpServer({ service: "replica", requestBytesMax: 1_000_000, metrics, logger: SILENT, routes });
    for (const [name, body] of Object.entries(ANSWERS)) judge.post(`/${name}`, { schema: { body } }, () => ({ fits: true }));
  });
  afterAll(() => judge.close());

  test.each<{ answer: AnswerName; method: string; url: string; body?: object }>([
    { answer: "written", method: "PUT", url: "/v1/kv/a", body: { value: "v" } },
    { answer: "entry", method: "GET", url: "/v1/kv/a" },
    { answer: "entry", method: "GET", url: "/v1/kv/a?encoding=base64" },
    { answer: "appended", method: "POST", url: "/v1/kv/a/append", body: { value: "v" } },
    { answer: "incremented", method: "POST", url: "/v1/kv/n/increment" },
    { answer: "page", method: "GET", url: "/v1/kv?limit=1" },
    {
      answer: "batch",
      method: "POST",
      url: "/v1/batch",
      body: { operations: ["get", "delete", "increment"].map((op) => ({ op, key: "a" })) },
    },
    { answer: "transaction", method: "POST", url: "/v1/txn", body: { then: [{ op: "get", key: "n" }] } },
    { answer: "deleted", method: "DELETE", url: "/v1/kv/a" },
    { answer: "client", method: "POST", url: "/v1/clients", body: {} },
    { answer: "shardMap", method: "GET", url: "/v1/shard-map" },
    { answer: "members", method: "GET", url: "/v1/members" },
    { answer: "accepted", method: "POST", url: "/v1/leader/transfer", body: {} },
    { answer: "accepted", method: "POST", url: "/v1/places/close", body: { from: 3 } },
  ])("$method $url: $answer", async ({ answer, method, url, body }) => {
    const { status, body: told } = await door.call({ method, url, ...(body === undefined ? {} : { body }) });
    expect([status, told]).toMatchObject([200, {}]);
    const judged = await judge.inject({ method: "POST", url: `/${answer}`, payload: told });
    expect(judged.json()).toEqual({ fits: true });
  });
});
