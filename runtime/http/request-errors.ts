// Whatever goes wrong before or inside a handler, as an answer. What a client caused is a refusal that names what to change;
// anything else that was thrown is a bug of ours, is logged as one, and still ends in an answer.
import type { FastifyError } from "fastify";
import type { ErrorResponse } from "./error-shape.ts";
import { refuse, unknownResponse } from "./error-shape.ts";

export type RequestError = { readonly response: ErrorResponse; readonly isBug: boolean };

type Describe = (error: FastifyError, bodyBytesMax: number) => ErrorResponse;

/** Errors of the server library that deserve words of their own. */
const KNOWN: Readonly<Record<string, Describe>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: (_error, bodyBytesMax) => refuse("tooLarge", `a body has at most ${bodyBytesMax} bytes here`),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => refuse("badRequest", "the header content-type must be application/json"),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => refuse("badRequest", "the body is not as long as the header content-length says"),
  FST_ERR_VALIDATION: ({ message }) => refuse("badRequest", message),
  FST_ERR_BAD_URL: () => refuse("badRequest", "the path is not percent-encoded UTF-8"),
  FST_ERR_MAX_PARAM_LENGTH: () => refuse("badRequest", "a part of the path is too long"),
  FST_ERR_NOT_FOUND: () => refuse("notFound", "there is nothing here"),
};

export function describeRequestError(error: FastifyError, bodyBytesMax: number): RequestError {
  const describe = Object.hasOwn(KNOWN, error.code) ? KNOWN[error.code] : undefined;
  if (describe !== undefined) return { response: describe(error, bodyBytesMax), isBug: false };
  const isOfClient = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  if (isOfClient) return { response: refuse("badRequest", error.message), isBug: false };
  return { response: unknownResponse("internal"), isBug: true };
}
