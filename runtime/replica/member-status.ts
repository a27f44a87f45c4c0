// How a member stands, for people and for launchers: its status as JSON, and whether it is started and ready.
import type { RaftStatus } from "../../core/raft/inputs.ts";
import { everyone } from "../../core/raft/membership.ts";
import type { Check, HealthChecks } from "../http/health.ts";
import type { MemberConfig } from "../settings/member-settings.ts";
import type { MemberDoor } from "./member-door.ts";
import type { MemberView } from "./member.ts";
import type { Registration } from "./registration.ts";

export type MemberStatusOptions = {
  readonly service: string;
  readonly config: Pick<MemberConfig, "group" | "self">;
  readonly member: MemberView;
  readonly door: MemberDoor;
  readonly registration: Pick<Registration, "problem" | "isKnown"> | null;
  /** Of the configuration that this member has adopted; left out where there are none. */
  readonly configNumber?: () => number | null;
};

export class MemberStatus {
  readonly #options: MemberStatusOptions;
  #wasReady = false;

  constructor(options: MemberStatusOptions) {
    this.#options = options;
  }

  /** `GET /v1/status`, without what only the service knows. */
  fields(): Readonly<Record<string, unknown>> {
    const { service, config, member, door } = this.#options;
    const { life, waiting } = member;
    const common = { service, group: config.group, ordinal: config.self.ordinal, waiting };
    if (life === null) return { ...common, clusterId: null, member: null, role: "unborn" };
    const { raft, ...status } = life.host.status();
    const { term, termStarted, commitIndex, lastIndex, snapshotIndex, durableIndex, leader } = raft;
    return {
      ...common,
      clusterId: life.cluster,
      member: life.member,
      boot: member.peerIdentity?.boot,
      role: isLearnerIn(raft) ? "learner" : raft.role === "preCandidate" ? "candidate" : raft.role,
      ...{ term, termStarted, leader, leaderHttp: door.leaderOrigin(), commitIndex, lastIndex, snapshotIndex, durableIndex },
      ...status,
      members: door.members(),
    };
  }

  readonly health: HealthChecks = {
    livez: () => [{ name: "eventLoop", ok: true, message: "runs" }],
    startupz: () => [this.#isStarted()],
    readyz: () => {
      this.#wasReady ||= this.#checks().every(({ ok }) => ok);
      return this.readiness();
    },
  };

  /** What `/readyz` would answer now. Only its answers make a member ready for good. */
  readiness(): readonly Check[] {
    const checks = this.#checks();
    // Sticky: what was ready once, and still serves, is not taken out because others are in trouble.
    const isServing = this.#options.member.life?.host.status().stage === "serving";
    return this.#wasReady && isServing ? checks.map((check) => ({ ...check, ok: true })) : checks;
  }

  #isStarted(): Check {
    const { life, waiting } = this.#options.member;
    const ok = life !== null || waiting.reasons.length > 0;
    return { name: "disk", ok, message: life === null ? "no log is open yet" : "the log is open" };
  }

  #checks(): readonly Check[] {
    const { life, waiting } = this.#options.member;
    const status = life?.host.status();
    const stage = status?.stage ?? "unborn";
    const isLearner = status === undefined || isLearnerIn(status.raft);
    const { reasons, recovery } = waiting;
    return [
      {
        name: "group",
        ok: reasons.length === 0,
        message: reasons.length === 0 ? "belongs and has a leader" : `waiting: ${reasons.join("; ")}`,
      },
      { name: "quorum", ok: recovery === null, message: recovery ?? "as far as this member knows" },
      {
        name: "state",
        ok: stage === "serving",
        message: (status?.divergence ?? null) === null ? stage : `${stage}: ${status?.divergence?.why ?? ""}; it is being rebuilt`,
      },
      { name: "vote", ok: !isLearner, message: isLearner ? "still catching up" : "votes" },
      ...this.#configuration(),
      ...this.#controllers(),
    ];
  }

  /** Before its first configuration a group may have a leader, but knows of no shard that it could serve. */
  #configuration(): readonly Check[] {
    const { configNumber } = this.#options;
    if (configNumber === undefined) return [];
    const number = configNumber() ?? 0;
    return [{ name: "configuration", ok: number > 0, message: number > 0 ? `number ${number} is adopted` : "none is adopted yet" }];
  }

  /** A member whose controllers are down serves all the same; one that finds others than its own is not put to use. */
  #controllers(): readonly Check[] {
    const { registration } = this.#options;
    if (registration === null) return [];
    const { problem, isKnown } = registration;
    const message = isKnown ? "know this member" : "have not answered since it became a member";
    return [{ name: "controllers", ok: problem === null, message: problem ?? message }];
  }
}

/** A newcomer that nobody has taken in yet counts as one too. */
const isLearnerIn = ({ isLearner, membership, self }: RaftStatus): boolean => isLearner || !everyone(membership).includes(self);
