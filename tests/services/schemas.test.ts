// A process compiles a schema when a request needs it, so a mistake in one would not show at its start: it shows here.
import buildAjv from "@fastify/ajv-compiler";
import { STRICT_VALIDATION } from "../../runtime/http/json-requests.ts";
import { KV_SCHEMAS } from "../../runtime/http/kv/kv-schemas.ts";
import { SCHEMAS as MEMBER_SCHEMAS } from "../../runtime/replica/member-door.ts";
import { SCHEMAS as COORDINATOR_SCHEMAS } from "../../services/coordinator/job-requests.ts";
import { SCHEMAS as CONTROLLER_SCHEMAS } from "../../services/shard-controller/api.ts";

type OfRoutes = Readonly<Record<string, Readonly<Record<string, object>>>>;

const compileRoute = buildAjv()({}, { customOptions: { ...STRICT_VALIDATION } });
/** As the server library calls it, which is not as its type says. */
const compile = (schema: object): unknown => compileRoute({ schema });
const rows = Object.entries<OfRoutes>({
  kv: KV_SCHEMAS,
  member: MEMBER_SCHEMAS,
  coordinator: COORDINATOR_SCHEMAS,
  controller: CONTROLLER_SCHEMAS,
}).flatMap(([service, routes]) => Object.entries(routes).map(([route, parts]) => ({ service, route, parts })));

test.each(rows)("the schemas of $service's $route compile", ({ parts }) => {
  expect(Object.keys(parts)).not.toEqual([]);
  for (const schema of Object.values(parts)) expect(() => compile(schema)).not.toThrow();
});

test("one that can't be compiled is found so", () => {
  expect(() => compile({ type: "no such type" })).toThrow();
});
