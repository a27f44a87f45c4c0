// A route that takes the short way: what is answered there, and to whom.
import type { Asker, Caller } from "../caller.ts";
import type { HttpAnswer } from "../http-answer.ts";
import type { ObserveRequest } from "../http-metrics.ts";
import type { Access } from "../route-table.ts";
import type { PlainMethod, PlainRequest } from "./plain-request.ts";

export type Schema = Readonly<Record<string, unknown>>;

export type ShortRequest = Pick<PlainRequest, "method" | "url" | "key" | "headers"> & {
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
};

export type ShortcutRoute = {
  readonly method: PlainMethod;
  /** As in the route table. */
  readonly url: string;
  /** The same that the library checks by. */
  readonly schema: { readonly querystring?: Schema; readonly body?: Schema };
  /** Answers `asker`, at once or later: by a call rather than a promise, of which each costs as much as the reading of a request. */
  readonly answer: (request: ShortRequest, asker: Caller & Asker<HttpAnswer>) => void;
};

/** A route with what is looked up for it once. */
export type KnownRoute = ShortcutRoute & { readonly access: Access; readonly observe: ObserveRequest };
