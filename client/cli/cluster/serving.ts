// Which of several endpoints a command can use. A cluster is named by several of its services, and none of them knows what another one serves:
// a controller that is asked for a key answers that it has no such path.
import { textOf } from "../json.ts";
import { Trouble } from "../trouble.ts";
import { askOne } from "./cluster-api.ts";
import type { Context } from "./context.ts";

/** One that is busy still says what it is; one that drops everything does not hold up a command for long. */
const ANSWER_MS = 2_000;

/** Those that say they are such a service; if none does, those that say nothing. A single endpoint is meant, whatever it is. */
export async function servedBy(service: "replica" | "coordinator", context: Context): Promise<Context> {
  const { local, endpoints } = context;
  if (local !== null || endpoints.length === 1) return context;
  const found = await Promise.all(
    endpoints.map(async (endpoint) => {
      const answered = await askOne(endpoint, { path: "/v1/status", token: null, timeoutMs: ANSWER_MS });
      return { endpoint, is: textOf(answered?.fields["service"]) };
    }),
  );
  const such = found.filter(({ is }) => is === service);
  const usable = such.length > 0 ? such : found.filter(({ is }) => is === null);
  if (usable.length === 0)
    throw new Trouble(`none of ${endpoints.join(", ")} is a ${service}`, "name one, too: --endpoint http://host:port");
  return { ...context, endpoints: usable.map(({ endpoint }) => endpoint) };
}
