// A call about one key on its way: what the router is asked, and whom it tells. One object for all of it: it is made for every request.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import type { Asker, Caller } from "../caller.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { Fields } from "./kv-fields.ts";
import type { KvCall, SingleRoute } from "./kv-requests.ts";
import type { KvAnswer } from "./kv-responses.ts";
import { kvAnswer } from "./kv-responses.ts";
import type { Routed, RoutedRequest } from "./shard-router.ts";

export type SingleCallOptions = Pick<RoutedRequest, "forwarding" | "untilMs" | "route"> & {
  readonly name: SingleRoute;
  readonly call: KvCall;
  readonly caller: Caller & Asker<HttpAnswer>;
  /** What became of it, as an answer. */
  readonly answerFor: (call: SingleCall, routed: Routed) => HttpAnswer;
};

export class SingleCall implements RoutedRequest, Asker<Routed> {
  readonly name: SingleRoute;
  readonly shard: number;
  readonly operation: RoutedRequest["operation"];
  readonly forwarding: RoutedRequest["forwarding"];
  readonly untilMs: number;
  readonly route: RoutedRequest["route"];
  readonly caller: SingleCallOptions["caller"];
  readonly #call: KvCall;
  readonly #answerFor: SingleCallOptions["answerFor"];

  constructor({ name, call, forwarding, untilMs, route, caller, answerFor }: SingleCallOptions) {
    this.name = name;
    this.#call = call;
    this.shard = call.shard;
    this.operation = call.operation;
    this.forwarding = forwarding;
    this.untilMs = untilMs;
    this.route = route;
    this.caller = caller;
    this.#answerFor = answerFor;
  }

  get headers(): Fields {
    return this.forwarding.headers;
  }

  answerTo(result: KvResult): Outcome<KvAnswer> {
    return kvAnswer(this.#call, result);
  }

  answer(routed: Routed): void {
    let answer: HttpAnswer;
    try {
      answer = this.#answerFor(this, routed);
    } catch (error) {
      return this.fail(error);
    }
    this.caller.answer(answer);
  }

  fail(error: unknown): void {
    this.caller.fail(error);
  }
}
