// What can be done to a cluster, and to whom: one row for each fault. A row says what it needs of whoever does it, so that a
// cluster elsewhere, which knows fewer acts, gets the faults that are left.

/** What happens to one process. `resume` ends what `pause` and `halt` begin; `halt` is a pause that has begun when it is said to. */
export const ACTS = ["kill", "pause", "halt", "resume", "stop", "evict", "wipe"] as const;
export type Act = (typeof ACTS)[number];

export const ROLES = ["leader", "follower", "majority", "controllerLeader", "controller", "coordinator", "worker"] as const;
/** Only where they are asked for: any member of a group, or so many of one, or the one with a number. */
export const MORE_ROLES = ["random", "minority", "fixed:N", "percent:N", "ordinal:K"] as const;
export type Role = (typeof ROLES)[number] | "random" | "minority" | `${"fixed" | "percent" | "ordinal"}:${number}`;

const SERVICE_OF: Readonly<Record<string, string>> = {
  controllerLeader: "shard-controller",
  controller: "shard-controller",
  coordinator: "coordinator",
  worker: "worker",
};

export const serviceOf = (role: Role): string => SERVICE_OF[role] ?? "replica";

/** Null where the text is none. */
export function roleIn(text: string): Role | null {
  const isNumbered = /^(?:fixed:[1-9]\d?|percent:(?:[1-9]\d?|100)|ordinal:\d{1,2})$/.test(text);
  const isKnown = isNumbered || text === "random" || text === "minority" || (ROLES as readonly string[]).includes(text);
  return isKnown ? (text as Role) : null;
}

const EACH = ["leader", "follower", "controllerLeader", "controller", "coordinator", "worker"] as const;
const VOTING = ["leader", "follower", "controllerLeader", "controller"] as const;

export type FaultRow = {
  readonly meaning: string;
  readonly needs: readonly Act[];
  /** Of each round one is chosen. */
  readonly roles: readonly Role[];
  /** How long what was begun goes on, where it goes on. */
  readonly holdMs: { readonly min: number; readonly max: number };
  /** More than a minority of a group is down meanwhile: only where that may be. */
  readonly takesQuorum?: true;
  /** For these roles it finds what nothing else does, and takes turns with all the rest. */
  readonly oftenFor?: readonly Role[];
  /** One act on each of those struck: so several can be, and something else at the same time. */
  readonly isPlain?: true;
  /** Who is struck beside those that were chosen: the rest of their group, or the leaders of other groups. */
  readonly alsoStrikes?: "group" | "leaders";
};

export const FAULTS = {
  kill: {
    meaning: "killed at once",
    needs: ["kill"],
    roles: ROLES,
    holdMs: { min: 0, max: 0 },
    oftenFor: ["leader"],
    isPlain: true,
  },
  pause: {
    meaning: "stands still, and goes on without knowing",
    needs: ["pause", "resume"],
    roles: ROLES,
    holdMs: { min: 300, max: 4_000 },
    isPlain: true,
  },
  depose: {
    meaning: "stands still until another one leads and has answered clients, and goes on without knowing",
    needs: ["pause", "resume"],
    roles: ["leader", "controllerLeader"],
    holdMs: { min: 500, max: 2_000 },
    oftenFor: ["leader"],
  },
  stop: { meaning: "told to end in good order", needs: ["stop"], roles: EACH, holdMs: { min: 0, max: 0 }, isPlain: true },
  evict: {
    meaning: "asked to leave its node, as a drain does, once its disruption budget has room",
    needs: ["evict"],
    roles: EACH,
    holdMs: { min: 0, max: 0 },
  },
  killTwice: { meaning: "killed, and killed again as it comes back", needs: ["kill"], roles: EACH, holdMs: { min: 300, max: 1_500 } },
  wipe: { meaning: "killed, and its disk is emptied", needs: ["wipe"], roles: VOTING, holdMs: { min: 0, max: 0 } },
  restartAll: {
    meaning: "every member of the group is restarted, one after the other",
    needs: ["stop"],
    roles: ["leader"],
    holdMs: { min: 0, max: 0 },
    alsoStrikes: "group",
  },
  killLeaders: {
    meaning: "the leaders of all groups are killed at one moment",
    needs: ["kill"],
    roles: ["leader"],
    holdMs: { min: 0, max: 0 },
    alsoStrikes: "leaders",
  },
  move: {
    meaning: "shards go to another group, whose leader dies meanwhile",
    needs: ["kill"],
    roles: ["leader"],
    holdMs: { min: 0, max: 400 },
    oftenFor: ["leader"],
  },
  handOver: {
    meaning: "shards go to another group, and the leader that gives them is killed in the moment in which neither group serves them",
    needs: ["kill", "halt", "resume"],
    roles: ["leader"],
    holdMs: { min: 0, max: 0 },
    oftenFor: ["leader"],
    alsoStrikes: "leaders",
  },
  powerLoss: {
    meaning: "all members of the group are killed at one moment",
    needs: ["kill"],
    roles: ["leader", "controllerLeader"],
    holdMs: { min: 0, max: 0 },
    takesQuorum: true,
    oftenFor: ["leader"],
    alsoStrikes: "group",
  },
  cutOff: {
    meaning: "the leader stands still, the others are killed and elect one of them, and it goes on having heard nothing from them",
    needs: ["kill", "pause", "resume"],
    roles: ["leader"],
    holdMs: { min: 500, max: 2_000 },
    takesQuorum: true,
    oftenFor: ["leader"],
    alsoStrikes: "group",
  },
  lostElection: {
    meaning:
      "whoever has voted for the next leader is killed before it hears from it, together with the last one, and the next one stands still until both have elected again",
    needs: ["kill", "halt", "resume"],
    roles: ["leader"],
    holdMs: { min: 300, max: 1_000 },
    takesQuorum: true,
    oftenFor: ["leader"],
    alsoStrikes: "group",
  },
} as const satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export const rowOf = (name: FaultName): FaultRow => FAULTS[name];
