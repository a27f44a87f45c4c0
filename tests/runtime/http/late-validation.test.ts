import type { FastifyInstance } from "fastify";
import fastify from "fastify";
import { LATE_VALIDATION } from "../../../runtime/http/late-validation.ts";

const NAMED = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };

const serverWith = (schema: object): FastifyInstance => {
  const app = fastify({ schemaController: { compilersFactory: LATE_VALIDATION } });
  app.post("/", { schema: { body: schema } }, async () => ({ ok: true }));
  return app;
};

test("a body is checked as ever, the first and every other time, and the error names the field", async () => {
  const app = serverWith(NAMED);
  for (let round = 0; round < 2; round++) {
    expect((await app.inject({ method: "POST", url: "/", payload: { name: "a" } })).statusCode).toBe(200);
    const refused = await app.inject({ method: "POST", url: "/", payload: {} });
    expect([refused.statusCode, refused.json<{ message: string }>().message]).toEqual([400, "body must have required property 'name'"]);
  }
});

test("a schema that nobody asks for is not compiled: one that can't be does no harm before", async () => {
  const app = serverWith({ type: "no such type" });
  await app.ready();
  expect((await app.inject({ method: "POST", url: "/", payload: {} })).statusCode).toBe(500);
});
