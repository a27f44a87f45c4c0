// `GET /openapi.json`: made of the very schemas by which requests are checked, and of the table of routes. Nothing in it is
// written a second time.
import type { FastifyInstance, RouteOptions } from "fastify";
import { REFUSALS } from "../../core/base/outcome.ts";
import { ANSWERS, ERROR } from "./answer-schemas.ts";
import { UNKNOWNS } from "./error-shape.ts";
import type { RouteFacts, RouteTable } from "./route-table.ts";
import { factsOf, HEADERS } from "./route-table.ts";

export type Described = { readonly service: string; readonly version: string; readonly table: RouteTable };

type Fields = Readonly<Record<string, unknown>>;
type ObjectSchema = { readonly properties?: Readonly<Record<string, Fields>>; readonly required?: readonly string[] };
type RouteSchema = { readonly params?: ObjectSchema; readonly querystring?: ObjectSchema; readonly body?: Fields };
type Route = { readonly method: string; readonly url: string; readonly schema: RouteSchema; readonly facts: RouteFacts };

/** Before the routes are registered; each of them must be in the table. */
export function describeRoutes(app: FastifyInstance, described: Described): void {
  const routes: Route[] = [];
  app.addHook("onRoute", (route) => {
    for (const each of [route.method].flat()) {
      if (each === "HEAD") continue;
      routes.push(routeOf(described.table, each, route));
    }
  });
  let document: string | null = null;
  app.get("/openapi.json", (_request, reply) => {
    document ??= JSON.stringify(openApi(described, routes));
    return reply.type("application/json").send(document);
  });
}

function routeOf(table: RouteTable, method: string, { url, schema }: RouteOptions): Route {
  const facts = factsOf(table, method, url);
  if (facts === null) throw new Error(`${method} ${url} is not in the table of routes`);
  return { method, url, schema: (schema ?? {}) as RouteSchema, facts };
}

function openApi({ service, version }: Described, routes: readonly Route[]): Fields {
  const paths: Record<string, Record<string, Fields>> = {};
  for (const route of [...routes].sort((a, b) => (a.url < b.url ? -1 : 1))) {
    const path = route.url.replaceAll(/:([a-z]+)/gi, "{$1}").replace("*", "{path}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: { title: `Flotilla ${service}`, version, description: "Errors: docs/errors.md" },
    paths,
    components: {
      schemas: { Error: ERROR },
      responses: { Error: { description: `one of ${codes().join(", ")}`, content: json({ $ref: "#/components/schemas/Error" }) } },
      securitySchemes: {
        data: { type: "http", scheme: "bearer", description: "the token for data, or the administrator's" },
        admin: { type: "http", scheme: "bearer", description: "the administrator's token" },
      },
    },
  };
}

function operationOf({ schema, facts }: Route): Fields {
  const parameters = [
    ...parametersIn("path", schema.params),
    ...parametersIn("query", schema.querystring),
    ...facts.headers.map((name) => ({ name, in: "header", required: false, description: HEADERS[name], schema: { type: "string" } })),
  ];
  const answer = facts.answer === null ? {} : { content: json(ANSWERS[facts.answer]) };
  return {
    summary: facts.summary,
    parameters,
    ...(schema.body === undefined ? {} : { requestBody: { required: isNeeded(schema.body), content: json(schema.body) } }),
    responses: { "200": { description: "done", ...answer }, default: { $ref: "#/components/responses/Error" } },
    security: facts.access === "open" ? [] : [{ [facts.access]: [] }],
  };
}

function parametersIn(place: "path" | "query", { properties = {}, required = [] }: ObjectSchema = {}): readonly Fields[] {
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** A body of which nothing is needed may be left out. */
const isNeeded = ({ required }: Fields): boolean => Array.isArray(required) && required.length > 0;

const json = (schema: object): Fields => ({ "application/json": { schema } });

const codes = (): readonly string[] => [...new Set([...Object.keys(REFUSALS), ...Object.keys(UNKNOWNS)])];
