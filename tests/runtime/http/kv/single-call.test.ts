import { unknown } from "../../../../core/base/outcome.ts";
import type { HttpAnswer } from "../../../../runtime/http/http-answer.ts";
import type { KvCall } from "../../../../runtime/http/kv/kv-requests.ts";
import type { Routed } from "../../../../runtime/http/kv/shard-router.ts";
import type { SingleCallOptions } from "../../../../runtime/http/kv/single-call.ts";
import { SingleCall } from "../../../../runtime/http/kv/single-call.ts";

const ROUTED: Routed = { kind: "here", outcome: unknown("deadline") };
const OK: HttpAnswer = { status: 200, headers: {}, body: {} };

function callWith(answerFor: SingleCallOptions["answerFor"]) {
  const told: unknown[] = [];
  const caller: SingleCallOptions["caller"] = {
    ...{ isGone: false, watch: () => undefined, stopWatching: () => undefined },
    answer: (answer) => told.push(answer),
    fail: (error) => told.push(error),
  };
  const forwarding = { method: "PUT", url: "/", headers: {}, body: null } as const;
  const call = {} as KvCall;
  return { told, call: new SingleCall({ name: "put", call, forwarding, untilMs: 0, route: "here", caller, answerFor }) };
}

test("the one who asked gets the answer", () => {
  const { call, told } = callWith(() => OK);
  call.answer(ROUTED);
  expect(told).toEqual([OK]);
});

test("where no answer can be made of what became of it, the one who asked gets why", () => {
  const bug = new TypeError("a bug");
  const { call, told } = callWith(() => {
    throw bug;
  });
  call.answer(ROUTED);
  expect(told).toEqual([bug]);
});
