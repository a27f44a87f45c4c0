// The gate of the single endpoint: what this member can't do goes to the member that can, over one stream to each, in the order in
// which it was asked; so clients need to know of nobody else. Who does not lead any more says who does, and that one is asked next. What
// may have been done there is never sent again.
import type { Outcome } from "../../core/base/outcome.ts";
import { REFUSALS } from "../../core/base/outcome.ts";
import { encodeQuery } from "../../core/kv/commands.ts";
import { decodeResult } from "../../core/kv/results.ts";
import type { Clock } from "../clock.ts";
import { READ_ATTEMPT_MS } from "../replica/read-rounds.ts";
import type { StreamResult } from "../http/asking-stream.ts";
import type { RequestStream } from "../http/asking-stream.ts";
import type { ClusterView, Node } from "./cluster/cluster-view.ts";
import type { StoreCommand } from "./plan-bytes.ts";
import type { Gate, StoreAsker, StoreOutcome, StoreRequest } from "./store-gate.ts";
import { clusterDown, textOfRefusal, unknownOutcome } from "./store-gate.ts";

export type ForwardingGateOptions = {
  readonly gate: Pick<Gate, "ask">;
  readonly cluster: Pick<ClusterView, "leads">;
  readonly clock: Clock;
  /** To the member with this origin. */
  readonly open: (origin: string) => Stream;
};

type Stream = Pick<RequestStream, "ask" | "close" | "isEnded" | "leader">;

type Forwarded = { readonly request: StoreRequest; readonly command: StoreCommand; readonly asker: StoreAsker };

export class ForwardingGate implements Gate {
  readonly #options: ForwardingGateOptions;
  /** By the origins of the others. */
  readonly #streams = new Map<string, Stream>();

  constructor(options: ForwardingGateOptions) {
    this.#options = options;
  }

  /** Nobody is sent anywhere from here. */
  elsewhere(): null {
    return null;
  }

  ask(request: StoreRequest, command: StoreCommand, asker: StoreAsker): void {
    this.#options.gate.ask(request, command, {
      settle: (outcome) => {
        if (outcome.kind === "moved") this.#askThere(outcome.node, { request, command, asker });
        else asker.settle(outcome);
      },
    });
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #askThere(node: Node, { request, command, asker }: Forwarded): void {
    const body = command.kind === "read" ? encodeQuery(command.query) : command.bytes;
    const { session, untilMs } = request;
    const { kind } = command;
    const remainingMs = Math.max(1, Math.ceil(untilMs - this.#options.clock.monotonicMs()));
    const deadlineMs = kind === "read" ? Math.min(remainingMs, READ_ATTEMPT_MS) : remainingMs;
    const stream = this.#streamTo(node.http);
    void stream.ask({ kind, session, deadlineMs, body }).then((outcome) => {
      const isNews = outcome.kind === "refused" && this.#isElsewhere(node, stream.leader);
      const judged = judge(kind, outcome);
      asker.settle(judged.kind === "again" ? { ...judged, isNews } : judged);
    });
  }

  /** Whether another member of its group is asked next. */
  #isElsewhere({ group, http }: Node, leader: string | null): boolean {
    return leader !== null && leader !== http && this.#options.cluster.leads(group, leader);
  }

  #streamTo(origin: string): Stream {
    const known = this.#streams.get(origin);
    if (known !== undefined && !known.isEnded) return known;
    const stream = this.#options.open(origin);
    this.#streams.set(origin, stream);
    return stream;
  }
}

function judge(kind: StoreCommand["kind"], outcome: Outcome<StreamResult>): StoreOutcome {
  if (outcome.kind === "done") {
    const result = decodeResult(outcome.value.body);
    return result === null ? unknownOutcome("internal") : { kind: "result", result };
  }
  if (outcome.kind === "unknown")
    return kind === "read" ? { kind: "again", text: clusterDown("no answer in time") } : unknownOutcome(outcome.after);
  const { code, message } = outcome.refusal;
  const isForLater = ["askLeader", "askOwner", "retrySoon"].includes(REFUSALS[code].advice);
  return isForLater
    ? { kind: "again", text: clusterDown(message) }
    : { kind: "error", text: textOfRefusal(outcome.refusal), mayHaveHappened: false };
}
