// Who leads other groups: their members are asked now and then, one of each group, and seldom while nobody here has to be told:
// who comes next, and compares what all members say, is not to be told of a leader of long ago. Whoever forwards requests hears of a
// new one before that.
// What is known may be old; whoever is pointed to knows better.
import type { GroupId } from "../../../core/base/ids.ts";
import type { MemberAddress } from "../../../core/shards/configuration.ts";

export type GroupLeadersOptions = {
  readonly own: GroupId;
  readonly groups: () => readonly GroupId[];
  readonly membersOf: (group: GroupId) => readonly MemberAddress[];
  /** What the member there says of itself; null: no answer. */
  readonly statusAt: (origin: string) => Promise<Readonly<Record<string, unknown>> | null>;
  readonly isWanted: () => boolean;
};

const LOOK_MS = 250;
/** Where nobody has to be told it is looked so often whether somebody has, and every second time it is asked. */
const SELDOM_MS = 1_000;
const SELDOM = 2;

export class GroupLeaders {
  readonly #options: GroupLeadersOptions;
  readonly #leaders = new Map<GroupId, string>();
  readonly #asking = new Set<GroupId>();
  #timer: NodeJS.Timeout | null = null;
  #hasEnded = false;
  #turn = 0;
  #looks = 0;

  constructor(options: GroupLeadersOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#hasEnded) return;
    this.#timer = setTimeout(
      () => {
        this.look();
        this.start();
      },
      this.#options.isWanted() ? LOOK_MS : SELDOM_MS,
    );
    this.#timer.unref();
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** The origin of its leader's HTTP door. */
  leaderOf(group: GroupId): string | null {
    return this.#leaders.get(group) ?? null;
  }

  /** A member of that group says so. False: whoever is asked there next is somebody else. */
  leads(group: GroupId, origin: string): boolean {
    if (!this.#options.membersOf(group).some(({ http }) => http === origin)) return false;
    this.#leaders.set(group, origin);
    return true;
  }

  look(): void {
    const { own, groups, isWanted } = this.#options;
    if (this.#looks++ % SELDOM !== 0 && !isWanted()) return;
    for (const group of groups()) if (group !== own && !this.#asking.has(group)) void this.#ask(group);
  }

  async #ask(group: GroupId): Promise<void> {
    const { membersOf, statusAt } = this.#options;
    const members = membersOf(group).map(({ http }) => http);
    const known = this.#leaders.get(group);
    const asked = known !== undefined && members.includes(known) ? known : members[this.#turn++ % Math.max(1, members.length)];
    if (asked === undefined) return;
    this.#asking.add(group);
    const status = await statusAt(asked);
    this.#asking.delete(group);
    const leader = status?.["group"] === group ? status["leaderHttp"] : null;
    if (typeof leader === "string" && members.includes(leader)) this.#leaders.set(group, leader);
    // Somebody else is asked next.
    else this.#leaders.delete(group);
  }
}
