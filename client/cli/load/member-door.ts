// One member as a door for reads, without anybody between who would ask another: each read goes to this member, waits only so
// long, and is followed by the next. A member that was paused finds the last of them in its sockets when it goes on, and must
// not answer it from what it knew before the pause.
import { done, unknown } from "../../../core/base/outcome.ts";
import { askOne } from "../cluster/cluster-api.ts";
import { numberOf, textOf } from "../json.ts";
import type { Door } from "./door.ts";

export type MemberDoorOptions = { readonly http: string; readonly token: string | null; readonly attemptMs: number };

/** A member that is down refuses at once. */
const PAUSE_MS = 50;

export function memberDoor({ http, token, attemptMs }: MemberDoorOptions): Door {
  return {
    hasGuards: false,
    perform: async ({ key }) => {
      const answered = await askOne(http, { path: `/v1/kv/${encodeURIComponent(key)}`, token, timeoutMs: attemptMs });
      const value = textOf(answered?.fields["value"]);
      if (answered?.status === 404 && textOf((answered.fields["error"] as { code?: unknown } | undefined)?.code) === "keyNotFound")
        return done({ kind: "absent" });
      if (answered?.status === 200 && value !== null) {
        const version = numberOf(answered.fields["version"]);
        return done({ kind: "found", value, ...(version === null ? {} : { version }) });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return unknown("connectionLost");
    },
    close: () => Promise.resolve(),
  };
}
