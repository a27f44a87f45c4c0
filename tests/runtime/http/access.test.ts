import type { AccessPolicy, AuthMode } from "../../../runtime/http/access.ts";
import { AUTH_MODES, whyNotAllowed } from "../../../runtime/http/access.ts";
import { createHttpServer } from "../../../runtime/http/http-server.ts";
import type { Access, RouteFacts } from "../../../runtime/http/route-table.ts";
import { factsOf, ROUTES } from "../../../runtime/http/route-table.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";

const TOKENS: AccessPolicy = { mode: "all", dataToken: "data-token", adminToken: "admin-token" };
const GIVEN = ["nothing", "nonsense", "a wrong one", "the one for data", "the administrator's"] as const;
type Given = (typeof GIVEN)[number];

const AUTHORIZATIONS: { readonly [G in Given]: string | undefined } = {
  nothing: undefined,
  nonsense: "Basic YTpi",
  "a wrong one": "Bearer data-token-",
  "the one for data": "Bearer data-token",
  "the administrator's": "bearer  admin-token",
};

/** What is expected, written once more in another way than the code: by who is let in. */
const LET_IN: { readonly [A in Access]: { readonly [M in AuthMode]: readonly Given[] } } = {
  open: { none: GIVEN, admin: GIVEN, all: GIVEN },
  data: { none: GIVEN, admin: GIVEN, all: ["the one for data", "the administrator's"] },
  admin: { none: GIVEN, admin: ["the administrator's"], all: ["the administrator's"] },
};

function statusFor(access: Access, mode: AuthMode, given: Given): number {
  if (LET_IN[access][mode].includes(given)) return 200;
  return given === "nothing" || given === "nonsense" ? 401 : 403;
}

const ROUTE_NAMES = Object.keys(ROUTES).filter((name) => name !== "GET /openapi.json");

test.each(AUTH_MODES)("each route with each token, where a token is needed for: %s", async (mode) => {
  const metrics = new Metrics({ service: "replica", version: "0" });
  const app = createHttpServer({ service: "replica", requestBytesMax: 1_000, metrics, logger: SILENT, access: { ...TOKENS, mode } });
  for (const name of ROUTE_NAMES) {
    const [method = "", url = ""] = name.split(" ");
    app.route({ method, url, handler: () => ({ reached: true }) });
  }
  for (const name of ROUTE_NAMES) {
    const [method = "", url = ""] = name.split(" ");
    for (const given of GIVEN) {
      const authorization = AUTHORIZATIONS[given];
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await app.inject({ method: method as "GET", url: url.replaceAll(":", ""), headers });
      const { access } = ROUTES[name] as RouteFacts;
      expect(`${name}, ${given}: ${answer.statusCode}`).toBe(`${name}, ${given}: ${statusFor(access, mode, given)}`);
    }
  }
  await app.close();
});

test("whatever changes who belongs, who leads or what lies where needs the administrator's token", () => {
  const admin = Object.entries(ROUTES).filter(([, { access }]) => access === "admin");
  expect(admin.map(([name]) => name)).toEqual([
    "DELETE /v1/members/:member",
    "POST /v1/places/close",
    "POST /v1/leader/transfer",
    "POST /v1/groups/join",
    "POST /v1/groups/leave",
    "POST /v1/shards/move",
  ]);
  const open = Object.entries(ROUTES).filter(([, { access }]) => access === "open");
  expect(open.every(([name]) => name.startsWith("GET "))).toBe(true);
});

test("a refusal says which token is needed, and never what it is", () => {
  const refusal = whyNotAllowed(TOKENS, "admin", "Bearer x");
  expect(refusal).toMatchObject({ status: 403, body: { error: { code: "forbidden", outcome: "refused" } } });
  expect(JSON.stringify(refusal)).toContain("administrator's token");
  expect(JSON.stringify(refusal)).not.toContain("admin-token");
});

test("without a token nobody has it", () => {
  const none: AccessPolicy = { mode: "all", dataToken: null, adminToken: null };
  for (const authorization of ["Bearer ", "Bearer null", "Bearer undefined"])
    expect(whyNotAllowed(none, "data", authorization)).not.toBeNull();
});

test("a HEAD is as its GET, and what is not in the table is nothing", () => {
  expect(factsOf(ROUTES, "HEAD", "/v1/kv")).toBe(factsOf(ROUTES, "GET", "/v1/kv"));
  for (const [method, url] of [
    ["GET", "toString"],
    ["POST", "/v1/kv"],
    ["GET", "/v1/none"],
  ] as const)
    expect(factsOf(ROUTES, method, url)).toBeNull();
});

test("a route that nobody has said anything about can't be registered", () => {
  const metrics = new Metrics({ service: "replica", version: "0" });
  const app = createHttpServer({ service: "replica", requestBytesMax: 1_000, metrics, logger: SILENT });
  expect(() => app.post("/v1/everything", () => "")).toThrow("POST /v1/everything is not in the table of routes");
});
