// Which of several endpoints a command can use. A cluster is named by several of its services, and none of them knows what another one serves:
// a controller that is asked for a key answers that it has no such path.
import { fetchJson } from "../fetch-json.ts";
import { fieldsOf, textOf } from "../json.ts";
import { Trouble } from "../trouble.ts";
import type { Context } from "./context.ts";

/** Those that say they are such a service; if none does, those that say nothing. A single endpoint is meant, whatever it is. */
export async function servedBy(service: "replica" | "coordinator", context: Context): Promise<Context> {
  const { local, endpoints } = context;
  if (local !== null || endpoints.length === 1) return context;
  const found = await Promise.all(
    endpoints.map(async (endpoint) => ({ endpoint, is: textOf(fieldsOf(await fetchJson(`${endpoint}/v1/status`))["service"]) })),
  );
  const such = found.filter(({ is }) => is === service);
  const usable = such.length > 0 ? such : found.filter(({ is }) => is === null);
  if (usable.length === 0)
    throw new Trouble(`none of ${endpoints.join(", ")} is a ${service}`, "name one, too: --endpoint http://host:port");
  return { ...context, endpoints: usable.map(({ endpoint }) => endpoint) };
}
