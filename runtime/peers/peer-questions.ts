// Questions between processes, outside of streams: one JSON value there, one back. For those that may not be members yet (birth
// and joining), so whoever asks is not checked here; the answering side decides by what is asked.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Outcome } from "../../core/base/outcome.ts";
import { refusalResponse, refuse, unknownResponse } from "../http/error-shape.ts";
import { collectJson, respondJson } from "./json-body.ts";

export const QUESTION_PATH = "/v1/peer/";

/** Takes any JSON value; never throws, never rejects. */
export type PeerQuestion = (body: unknown) => Outcome<unknown> | Promise<Outcome<unknown>>;

export function answerQuestion(request: IncomingMessage, response: ServerResponse, question: PeerQuestion | undefined): void {
  if (question === undefined) {
    const { status, body } = refuse("notFound", "nobody answers this question");
    respondJson(response, status, body);
    return;
  }
  const respond = (outcome: Outcome<unknown>): void => {
    if (response.destroyed) return; // whoever asked did not wait
    const { status, body } = responseTo(outcome);
    respondJson(response, status, body);
  };
  collectJson(request, (collected) => {
    const outcome = collected.kind === "done" ? question(collected.value) : collected;
    if (outcome instanceof Promise) void outcome.then(respond);
    else respond(outcome);
  });
}

function responseTo(outcome: Outcome<unknown>): { readonly status: number; readonly body: unknown } {
  if (outcome.kind === "done") return { status: 200, body: outcome.value };
  return outcome.kind === "refused" ? refusalResponse(outcome.refusal) : unknownResponse(outcome.after);
}
