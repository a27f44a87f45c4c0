// The shard controllers as another process reaches them: any of them may answer, and what only their leader can do is tried
// at each until one takes it. For questions that can be asked twice without harm, because an answer may be lost.
import type { Outcome } from "../../core/base/outcome.ts";
import { refused } from "../../core/base/outcome.ts";
import type { PeerAsker } from "../peers/peer-asker.ts";

export type ControllersOptions = {
  /** Their peer addresses. */
  readonly addresses: readonly string[];
  readonly asker: Pick<PeerAsker, "ask">;
};

const ANSWER_DEADLINE_MS = 2_000;

export class Controllers {
  readonly #options: ControllersOptions;
  /** The one that answered last. */
  #preferred = 0;

  constructor(options: ControllersOptions) {
    this.#options = options;
  }

  /** Each is asked once. Never rejects. */
  async ask(question: string, body: unknown, signal?: AbortSignal): Promise<Outcome<unknown>> {
    const { addresses, asker } = this.#options;
    const first = this.#preferred;
    let last: Outcome<unknown> = refused("notFound", "no shard controllers are configured");
    for (let i = 0; i < addresses.length && signal?.aborted !== true; i++) {
      const at = (first + i) % addresses.length;
      const asking = { address: addresses[at] ?? "", question, body, deadlineMs: ANSWER_DEADLINE_MS };
      last = await asker.ask(signal === undefined ? asking : { ...asking, signal });
      if (last.kind === "done") {
        this.#preferred = at;
        return last;
      }
    }
    return last;
  }
}
