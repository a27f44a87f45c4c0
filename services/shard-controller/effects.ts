// What makes a member a shard controller: the calls that its clients have, what replicas ask it on the peer port, and the
// first configuration, which the leader makes by itself once the groups that belong to it are founded.
import type { GroupId } from "../../core/base/ids.ts";
import { encodeControllerCommand } from "../../core/shard-controller/commands.ts";
import type { ControllerStateMachine } from "../../core/shard-controller/controller-state-machine.ts";
import type { Founding } from "../../core/shard-controller/results.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { controllerQuestions } from "../../runtime/replica/controller-questions.ts";
import { GroupStatuses } from "../../runtime/replica/group-statuses.ts";
import type { MemberView } from "../../runtime/replica/member.ts";
import type { MemberParts, ServiceEquipment } from "../../runtime/replica/member-process.ts";
import { ControllerApi } from "./api.ts";
import type { ControllerConfig } from "./config.ts";
import { controllerGauges } from "./controller-gauges.ts";

export function equipController(config: ControllerConfig, parts: MemberParts<ControllerStateMachine>): ServiceEquipment {
  const { member, door, status, metrics, clock, logger } = parts;
  const statuses = new GroupStatuses();
  const api = new ControllerApi({ member, door, status, statuses, metrics });
  const firstGroups = new FirstGroups({ groups: config.initialGroups, member, clock, logger });
  controllerGauges(metrics, member);
  return {
    addRoutes: (app) => api.addRoutes(app),
    doors: [],
    questions: controllerQuestions(member),
    start: () => firstGroups.start(),
    finish: () => firstGroups.end(),
    close: () => statuses.close(),
  };
}

export type FirstGroupsOptions = {
  readonly groups: readonly GroupId[];
  readonly member: MemberView<ControllerStateMachine>;
  readonly clock: Clock;
  readonly logger: Logger;
};

const LOOK_MS = 200;
const PROPOSAL_TIMEOUT_MS = 2_000;
/** How long the members of founded groups have to say where they are. Who comes later is added then. */
const PATIENCE_MS = 2_000;

/** Looks from time to time, and no more once there is a configuration. */
export class FirstGroups {
  readonly #options: FirstGroupsOptions;
  #timer: NodeJS.Timeout | null = null;
  #isProposing = false;
  #foundedSinceMs: number | null = null;

  constructor(options: FirstGroupsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.groups.length > 0) this.#timer = setInterval(() => void this.look(), LOOK_MS);
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    const { groups, member, logger } = this.#options;
    const { life } = member;
    if (life === null || this.#isProposing) return;
    if (life.machine.latest.number > 0) return this.end();
    if (life.host.status().raft.role !== "leader" || !this.#isTime(life.machine.foundings)) return;
    this.#isProposing = true;
    const command = encodeControllerCommand({ kind: "joinFounded", groups });
    const outcome = await life.host.request({ kind: "write", command, session: null }, { timeoutMs: PROPOSAL_TIMEOUT_MS });
    this.#isProposing = false;
    logger.info(
      { event: "firstConfiguration", groups, outcome: outcome.kind },
      `the first configuration, of groups ${groups.join(", ")}: ${outcome.kind}`,
    );
  }

  #isTime(foundings: ReadonlyMap<GroupId, Founding>): boolean {
    const found = this.#options.groups.map((group) => foundings.get(group));
    if (!found.every((each) => each !== undefined && each.addresses.size > 0)) return false;
    const nowMs = this.#options.clock.monotonicMs();
    this.#foundedSinceMs ??= nowMs;
    const areAllThere = found.every((each) => each?.members.every(({ place }) => each.addresses.has(place.ordinal)) ?? false);
    return areAllThere || nowMs - this.#foundedSinceMs >= PATIENCE_MS;
  }
}
