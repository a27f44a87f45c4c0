// What goes over a stream of requests (`POST /v1/stream`): many requests in a frame, many answers in a frame, each with the
// id that its sender chose. Bodies are the store's own commands and results, so nothing is encoded twice.
import { asIndex, asTerm } from "../../core/base/ids.ts";
import type { LogIndex, Term } from "../../core/base/ids.ts";
import type { Outcome, Refusal, UnknownAfter } from "../../core/base/outcome.ts";
import { refused, REFUSALS } from "../../core/base/outcome.ts";
import { QUERY_BYTES_MAX } from "../../core/kv/limits.ts";
import { isClientId } from "../../core/replica/applied/client-id.ts";
import type { Session } from "../../core/replica/events.ts";
import type { Frame, RowBytes } from "./frames.ts";
import { encodeFrame, FRAME_BODY_BYTES_MAX, inFrames } from "./frames.ts";

export const STREAM_PATH = "/v1/stream";

export type StreamRequestKind = "write" | "read" | "staleRead";

export type StreamRequest = {
  readonly id: number;
  readonly kind: StreamRequestKind;
  readonly deadlineMs: number;
  readonly session: Session | null;
  readonly body: Uint8Array;
};

export type StreamAnswer =
  | { readonly kind: "done"; readonly id: number; readonly term: Term; readonly index: LogIndex; readonly body: Uint8Array }
  | { readonly kind: "refused"; readonly id: number; readonly refusal: Refusal; readonly leader: string | null }
  | { readonly kind: "unknown"; readonly id: number; readonly after: UnknownAfter };

/** Lists instead of objects: a header is written and read for every request. */
type RequestRow = readonly [
  id: number,
  kind: StreamRequestKind,
  deadlineMs: number,
  length: number,
  client?: string,
  serial?: number,
  acked?: number,
];
type AnswerRow =
  | readonly [id: number, kind: "done", length: number, term: number, index: number]
  | readonly [id: number, kind: "refused", refusal: Refusal, leader: string | null]
  | readonly [id: number, kind: "unknown", after: UnknownAfter];

/** The largest that there is, with room for what stands around the values in it. */
export const ANSWERS_BYTES_MAX = 2 * QUERY_BYTES_MAX;

/** Null: it has room in a frame, which is broken for everybody else's requests in the stream if it has not. */
export function whyNotInFrame({ body, session }: Pick<StreamRequest, "body" | "session">): Outcome<never> | null {
  if (body.length > FRAME_BODY_BYTES_MAX) return refused("tooLarge", `a request has at most ${FRAME_BODY_BYTES_MAX} bytes`);
  const isClient = session === null || isClientId(session.client);
  return isClient ? null : refused("badRequest", "the client id is none");
}

/** As few frames as have room for them. */
export function encodeRequests(requests: readonly StreamRequest[]): readonly Uint8Array<ArrayBuffer>[] {
  return inFrames(requests, requestBytes).map((frame) =>
    encodeFrame(
      { requests: frame.map(requestRow) },
      frame.map(({ body }) => body),
    ),
  );
}

function requestRow({ id, kind, deadlineMs, body, session }: StreamRequest): RequestRow {
  if (session === null) return [id, kind, deadlineMs, body.length];
  return [id, kind, deadlineMs, body.length, session.client, session.serial, session.acked];
}

const requestBytes = ({ body, session }: StreamRequest): RowBytes => ({
  header: NUMBERS_BYTES + (session?.client.length ?? 0),
  body: body.length,
});

/** As few frames as have room for them. */
export function encodeAnswers(answers: readonly StreamAnswer[]): readonly Uint8Array<ArrayBuffer>[] {
  return inFrames(answers, answerBytes).map((frame) =>
    encodeFrame(
      { answers: frame.map(answerRow) },
      frame.flatMap((answer) => (answer.kind === "done" ? [answer.body] : [])),
    ),
  );
}

function answerRow(answer: StreamAnswer): AnswerRow {
  if (answer.kind === "refused") return [answer.id, "refused", answer.refusal, answer.leader];
  if (answer.kind === "unknown") return [answer.id, "unknown", answer.after];
  return [answer.id, "done", answer.body.length, answer.term, answer.index];
}

function answerBytes(answer: StreamAnswer): RowBytes {
  if (answer.kind === "done") return { header: NUMBERS_BYTES, body: answer.body.length };
  const text = answer.kind === "refused" ? JSON.stringify([answer.refusal, answer.leader]) : "";
  return { header: NUMBERS_BYTES + CHARACTER_BYTES_MAX * text.length, body: 0 };
}

/** What the numbers of a row take at most, and the words around them. */
const NUMBERS_BYTES = 128;
const CHARACTER_BYTES_MAX = 3;

/** Null for a frame that makes no sense; anybody may have sent it. */
export function readRequests({ header, body }: Frame): readonly StreamRequest[] | null {
  const rows = header["requests"];
  if (!Array.isArray(rows)) return null;
  const requests: StreamRequest[] = [];
  let offset = 0;
  for (const row of rows as readonly unknown[]) {
    const request = readRequest(row, body, offset);
    if (request === null) return null;
    offset += request.body.length;
    requests.push(request);
  }
  return offset === body.length ? requests : null;
}

function isRefusal(value: unknown): value is Refusal {
  const code = (value as Partial<Refusal> | null)?.code;
  return typeof code === "string" && Object.hasOwn(REFUSALS, code);
}

const KINDS: readonly unknown[] = ["write", "read", "staleRead"] satisfies readonly StreamRequestKind[];

function readRequest(row: unknown, bodies: Uint8Array, offset: number): StreamRequest | null {
  if (!Array.isArray(row) || (row.length !== 4 && row.length !== 7)) return null;
  const [id, kind, deadlineMs, length, client, serial, acked] = row as readonly unknown[];
  if (!isCount(id) || !KINDS.includes(kind) || !isCount(deadlineMs) || !isCount(length) || offset + length > bodies.length) return null;
  const session = row.length === 4 ? null : readSession(client, serial, acked);
  if (session === "nonsense") return null;
  return { id, kind: kind as StreamRequestKind, deadlineMs, session, body: bodies.subarray(offset, offset + length) };
}

function readSession(client: unknown, serial: unknown, acked: unknown): Session | "nonsense" {
  if (typeof client !== "string" || !isCount(serial) || serial === 0 || !isCount(acked) || acked >= serial) return "nonsense";
  return { client, serial, acked };
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

export function readAnswers({ header, body }: Frame): readonly StreamAnswer[] | null {
  const rows = header["answers"];
  if (!Array.isArray(rows)) return null;
  const answers: StreamAnswer[] = [];
  let offset = 0;
  for (const row of rows as readonly AnswerRow[]) {
    const answer = readAnswer(row, body, offset);
    if (answer === null) return null;
    if (answer.kind === "done") offset += answer.body.length;
    answers.push(answer);
  }
  return answers;
}

function readAnswer(row: AnswerRow, bodies: Uint8Array, offset: number): StreamAnswer | null {
  if (!Array.isArray(row) || !isCount(row[0])) return null;
  const id = row[0];
  if (row[1] === "done") {
    const [, , length, term, index] = row;
    if (!isCount(length) || offset + length > bodies.length) return null;
    return { kind: "done", id, term: asTerm(term), index: asIndex(index), body: bodies.subarray(offset, offset + length) };
  }
  if (row[1] === "refused") {
    const [, , refusal, leader] = row;
    return isRefusal(refusal) ? { kind: "refused", id, refusal, leader } : null;
  }
  return { kind: "unknown", id, after: row[2] };
}
