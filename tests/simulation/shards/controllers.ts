// The shard controllers of the world: the product's state machine, and what its door does when groups are gone. How controllers agree is
// tested elsewhere; which configurations there are, and in which order, is decided by the real one here.
import type { GroupId } from "../../../core/base/ids.ts";
import type { ControllerCommand } from "../../../core/shard-controller/commands.ts";
import { encodeControllerCommand } from "../../../core/shard-controller/commands.ts";
import { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import type { Gone, Holders } from "../../../core/shard-controller/holders.ts";
import { holdersIn } from "../../../core/shard-controller/holders.ts";
import type { Configuration, MemberAddress } from "../../../core/shards/configuration.ts";
import { shardsOf } from "../../../core/shards/configuration.ts";
import type { Bench } from "../../core/shards/bench/bench.ts";
import { must } from "../must.ts";

export class Controllers {
  readonly machine = new ControllerStateMachine();
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  get latest(): Configuration {
    return this.machine.latest;
  }

  get names(): readonly GroupId[] {
    return Object.keys(this.latest.groups) as GroupId[];
  }

  join(...groups: readonly GroupId[]): boolean {
    return this.change({ kind: "join", groups: groups.map((group) => ({ group, members: [addressOf(group)] })) });
  }

  /** Whether it made a configuration. What is refused makes none. */
  change(command: ControllerCommand): boolean {
    const { latest: before, gone } = this.machine;
    this.machine.apply(encodeControllerCommand(command));
    if (this.latest.number === before.number) return false;
    const joining = command.kind === "join" ? command.groups.map(({ group }) => group) : [];
    for (const group of gone) if (!command.kind.startsWith("settle") && !joining.includes(group)) this.#demandUntouched(group, before);
    const frozenTo = this.machine.settlements.get(this.latest.number);
    this.#bench.make(frozenTo === undefined ? this.latest : { configuration: this.latest, frozenTo });
    return true;
  }

  /** `meanwhile`: between what the others say and what is made of it. */
  settle(gone: Gone, meanwhile: () => void): Holders {
    const { configurations, latest } = this.machine;
    const found = holdersIn(configurations, this.#bench.said, gone);
    if (found.kind !== "known") return found;
    meanwhile();
    const frozenTo = gone.evenFrozen ? found.gone : [];
    this.change({ kind: "settleForGood", number: latest.number, holders: found.holders, gone: found.gone, frozenTo });
    return found;
  }

  /** Who is gone for good is given nothing, and asked for nothing. */
  #demandUntouched(group: GroupId, before: Configuration): void {
    const [had, has] = [before, this.latest].map((configuration) => shardsOf(configuration, group).join(" "));
    must(had === has, `group ${group} is gone, and had shards ${String(had)}; now it has ${String(has)}`);
  }
}

const addressOf = (group: GroupId): MemberAddress => ({ peer: `g${group}:7000`, http: `http://g${group}`, redis: null });
