// Who lets groups join and leave: a client of the controllers, with a session of its own, so that each change is made once.
import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import { OpenSerials } from "../../../core/routing/open-serials.ts";
import type { ControllerCommand } from "../../../core/shard-controller/commands.ts";
import { encodeControllerCommand, encodeControllerQuery } from "../../../core/shard-controller/commands.ts";
import type { ControllerResult } from "../../../core/shard-controller/results.ts";
import { decodeControllerResult } from "../../../core/shard-controller/results.ts";
import type { Configuration, MemberAddress } from "../../../core/shards/configuration.ts";
import type { Line } from "../kv/caller.ts";
import { Caller } from "../kv/caller.ts";
import { demand, LabFailure } from "../script.ts";
import type { Script } from "../script.ts";

export type Members = Readonly<Record<string, readonly MemberAddress[]>>;

export class Administrator {
  readonly #caller: Caller;
  #session: { readonly client: string; readonly serials: OpenSerials } | null = null;

  constructor(line: Line, random: Random) {
    this.#caller = new Caller(line, random);
  }

  /** The number of the configuration that holds then. */
  *join(groups: Members): Script<number> {
    const joining = Object.entries(groups).map(([group, members]) => ({ group: asGroup(group), members }));
    return yield* this.#change({ kind: "join", groups: joining });
  }

  /** The labs let the last group leave, too. */
  *leave(...groups: readonly string[]): Script<number> {
    const leaving = groups.map(asGroup);
    const { groups: all } = yield* this.query();
    const isLast = Object.keys(all).every((group) => groups.includes(group));
    return yield* this.#change({ kind: isLast ? "abandon" : "leave", groups: leaving });
  }

  *move(shard: number, group: GroupId): Script<number> {
    return yield* this.#change({ kind: "move", shard, group });
  }

  /** Null: the latest. */
  *query(number: number | null = null): Script<Configuration> {
    const query = encodeControllerQuery({ kind: "configuration", number });
    const performed = yield* this.#caller.perform({
      ...{ shard: null, request: "read", read: readResult },
      operation: { kind: "read", query, consistency: "linearizable" },
    });
    const result = performed === "newClient" || performed.outcome.kind !== "done" ? null : performed.outcome.value;
    if (result?.kind === "configuration") return result.configuration;
    throw new LabFailure(`configuration ${String(number)} was asked for, and the answer is ${JSON.stringify(performed)}`);
  }

  *#change(command: ControllerCommand): Script<number> {
    const { client, serials } = (this.#session ??= { client: yield* this.#newClient(), serials: new OpenSerials() });
    const serial = serials.open();
    const session = { client, serial, acked: serials.acked };
    const performed = yield* this.#caller.perform({
      ...{ shard: null, request: "exactlyOnce", read: readResult },
      operation: { kind: "write", command: encodeControllerCommand(command), session },
    });
    serials.close(serial);
    demand(performed !== "newClient", () => "the controllers forgot their administrator");
    const { outcome } = performed;
    if (outcome.kind === "done" && outcome.value.kind === "changed") return outcome.value.number;
    throw new LabFailure(`a ${command.kind} was answered ${JSON.stringify(outcome)}`);
  }

  *#newClient(): Script<string> {
    for (;;) {
      const performed = yield* this.#caller.perform({
        ...{ shard: null, request: "read", operation: { kind: "newClient" } },
        read: (reply) => (reply.kind === "client" ? done(reply.client) : refused("internal", "no client id")),
      });
      if (performed !== "newClient" && performed.outcome.kind === "done") return performed.outcome.value;
    }
  }
}

function readResult(reply: Reply): Outcome<ControllerResult> {
  const result = reply.kind === "result" ? decodeControllerResult(reply.result) : null;
  return result === null ? refused("internal", "an answer that can't be read") : done(result);
}
