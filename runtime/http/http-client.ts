// Requests to others over HTTP: undici without most of it. What the package exports at its door is a hundred files more, a fetch of its own,
// web sockets and mocks among them, and with these Node loads its second undici: a quarter of the work of every start of a process.
import type * as undici from "undici";
import type { Dispatcher } from "undici";
import send from "undici/lib/api/api-request.js";
import errorsOfUndici from "undici/lib/core/errors.js";
import AgentOfUndici from "undici/lib/dispatcher/agent.js";

export type { Dispatcher };
export const Agent: typeof undici.Agent = AgentOfUndici;
export const errors: typeof undici.errors = errorsOfUndici;

export type RequestOptions = Omit<Dispatcher.RequestOptions, "origin" | "path" | "method"> & {
  readonly method?: Dispatcher.HttpMethod;
  readonly dispatcher: Dispatcher;
};

/**
 * A whole address is parsed, which makes another path of one with dots, and another host of one that names a host. A path beside its origin
 * goes there as it is.
 */
export type Target = string | URL | { readonly origin: string; readonly path: string };

/** As undici's own, but for the dispatcher that is not left to chance. */
export function request(target: Target, { dispatcher, method = "GET", ...options }: RequestOptions): Promise<Dispatcher.ResponseData> {
  return send.call(dispatcher, { ...options, method, ...partsOf(target) });
}

function partsOf(target: Target): { readonly origin: string; readonly path: string } {
  if (typeof target === "object" && "path" in target) return { origin: new URL(target.origin).origin, path: target.path };
  const { origin, pathname, search } = new URL(target);
  return { origin, path: `${pathname}${search}` };
}
