// A call about one key on its way: what the router is asked, and whom it tells. One object for all of it: it is made for every request.
import type { Asker, Caller } from "../caller.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { KvCall, SingleRoute } from "./kv-requests.ts";
import type { Routed, RoutedRequest } from "./shard-router.ts";

export type SingleCallOptions = Pick<RoutedRequest, "forwarding" | "untilMs" | "route"> & {
  readonly name: SingleRoute;
  readonly call: KvCall;
  readonly caller: Caller;
  readonly asker: Asker<HttpAnswer>;
  /** What became of it, as an answer. */
  readonly answerFor: (call: SingleCall, routed: Routed) => HttpAnswer;
};

export class SingleCall implements RoutedRequest, Asker<Routed> {
  readonly name: SingleRoute;
  readonly call: KvCall;
  readonly shard: number;
  readonly operation: RoutedRequest["operation"];
  readonly forwarding: RoutedRequest["forwarding"];
  readonly untilMs: number;
  readonly route: RoutedRequest["route"];
  readonly caller: Caller;
  readonly #asker: SingleCallOptions["asker"];
  readonly #answerFor: SingleCallOptions["answerFor"];

  constructor({ name, call, forwarding, untilMs, route, caller, asker, answerFor }: SingleCallOptions) {
    this.name = name;
    this.call = call;
    this.shard = call.shard;
    this.operation = call.operation;
    this.forwarding = forwarding;
    this.untilMs = untilMs;
    this.route = route;
    this.caller = caller;
    this.#asker = asker;
    this.#answerFor = answerFor;
  }

  answer(routed: Routed): void {
    let answer: HttpAnswer;
    try {
      answer = this.#answerFor(this, routed);
    } catch (error) {
      return this.fail(error);
    }
    this.#asker.answer(answer);
  }

  fail(error: unknown): void {
    this.#asker.fail(error);
  }
}
