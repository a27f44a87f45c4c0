// A round over the sessions of a partition, in pieces, while they change: each session with its answers is hashed anew and
// compared with its part of the digest.
import { EMPTY_BYTES, equalBytes } from "../../base/bytes.ts";
import { GOES_ON, LOOK_COST_BYTES, ROUND_ENDED } from "../scrub.ts";
import type { ScrubBudget, Scrubbed } from "../scrub.ts";
import { isIntact } from "./sessions.ts";
import type { Sessions } from "./sessions.ts";

export class SessionScrub {
  #after: Uint8Array | null = null;

  look(sessions: Sessions, budget: ScrubBudget): Scrubbed {
    const after = this.#after;
    const cursor = sessions.cursor(after ?? EMPTY_BYTES);
    while (budget.bytes > 0) {
      if (!cursor.next()) {
        this.#after = null;
        return ROUND_ENDED;
      }
      const { key: client, value: record } = cursor;
      if (after !== null && equalBytes(client, after)) continue;
      budget.bytes -= LOOK_COST_BYTES + record.bytes;
      this.#after = client.slice();
      if (!isIntact(client, record)) return { kind: "altered", what: "a session's answers are not what was put" };
    }
    return GOES_ON;
  }
}
