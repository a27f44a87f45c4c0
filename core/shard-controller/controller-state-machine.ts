// The shard controller as a state machine: what a command does to the configurations and the foundings, and what is
// answered. Total and deterministic; whoever asks for what can't be gets an answer that says so.
import { equalBytes } from "../base/bytes.ts";
import type { GroupId } from "../base/ids.ts";
import type { Restoration, SnapshotSource, StateMachine } from "../replica/state-machine.ts";
import type { Configuration } from "../shards/configuration.ts";
import { encodeConfiguration, GROUP_MEMBERS_MAX, GROUPS_MAX, ownerOf } from "../shards/configuration.ts";
import { SHARDS } from "../shards/slots.ts";
import type { ControllerCommand, ControllerQuery, GroupMembers, SettleCommand } from "./commands.ts";
import { decodeControllerCommand, decodeControllerQuery, versionOfControllerCommand } from "./commands.ts";
import { ControllerRestoration, ControllerSnapshotSource } from "./controller-snapshot.ts";
import { CONFIGURATION_BYTES_MAX, ControllerState, FOUNDINGS_MAX } from "./controller-state.ts";
import { afterJoin, afterLeave, afterMove, afterRelocation, afterSettling, goneWithout, isSameAddress } from "./next-configuration.ts";
import type { GoneGroups } from "./rebalance.ts";
import type { ControllerResult, Founding } from "./results.ts";
import { encodeControllerResult } from "./results.ts";

const GROUPS_AT_MOST = `there are at most ${String(GROUPS_MAX)} groups, one for each shard`;

type CommandOf<K extends ControllerCommand["kind"]> = Extract<ControllerCommand, { readonly kind: K }>;
type QueryOf<K extends ControllerQuery["kind"]> = Extract<ControllerQuery, { readonly kind: K }>;

export class ControllerStateMachine implements StateMachine {
  #state = new ControllerState();

  get latest(): Configuration {
    return this.#state.latest;
  }

  /** The numbers of the configurations that can be had. */
  get kept(): { readonly oldest: number; readonly latest: number } {
    return { oldest: this.#state.oldest.number, latest: this.#state.latest.number };
  }

  /** Those that can be had, the latest last. */
  get configurations(): readonly Configuration[] {
    return this.#state.configurations;
  }

  get foundings(): ReadonlyMap<GroupId, Founding> {
    return this.#state.foundings;
  }

  /** Of each settlement that can be had, by number: for whom a shard may stand still by it. */
  get settlements(): ReadonlyMap<number, readonly GroupId[]> {
    return this.#state.settlements;
  }

  /** Those that own what is lost, and have not joined since. */
  get gone(): GoneGroups {
    return this.#state.gone;
  }

  apply(bytes: Uint8Array): Uint8Array {
    const command = decodeControllerCommand(bytes);
    if (command === null) return encodeControllerResult(badRequest("these bytes are no command"));
    return encodeControllerResult(APPLY[command.kind](this.#state, command as never));
  }

  query(bytes: Uint8Array): Uint8Array {
    const query = decodeControllerQuery(bytes);
    if (query === null) return encodeControllerResult(badRequest("these bytes are no query"));
    return encodeControllerResult(ANSWER[query.kind](this.#state, query as never));
  }

  snapshot(): SnapshotSource {
    return new ControllerSnapshotSource(this.#state);
  }

  restore(): Restoration {
    return new ControllerRestoration((state) => {
      this.#state = state;
    });
  }

  digest(): string {
    return `${this.#state.digest.toString(16).padStart(8, "0")}-${String(this.#state.latest.number)}-${String(this.#state.foundings.size)}`;
  }

  /** All do, a little: on a disk that is nearly full nothing but reads is taken. */
  grows(): boolean {
    return true;
  }

  versionOf(bytes: Uint8Array): number {
    return versionOfControllerCommand(bytes);
  }
}

const APPLY: { readonly [K in ControllerCommand["kind"]]: (state: ControllerState, command: CommandOf<K>) => ControllerResult } = {
  join: (state, { groups }) => join(state, groups),
  leave: (state, { groups }) => {
    const gone = groups.find((group) => state.gone.has(group));
    if (gone !== undefined) return badRequest(whyGone(gone));
    const next = afterLeave(state.latest, groups, state.gone);
    // Whoever joined next would begin empty, and what clients were told is written would be gone for them.
    if (next !== null && namesIn(next).every((group) => state.gone.has(group)))
      return badRequest("nobody would be left to take over their shards");
    return change(state, next);
  },
  abandon: (state, { groups }) => {
    const result = change(state, afterLeave(state.latest, groups, state.gone));
    if (result.kind === "changed") state.setGone(goneWithout(state.gone, groups));
    return result;
  },
  move: (state, { shard, group }) => {
    if (shard >= SHARDS) return badRequest(`there are ${String(SHARDS)} shards, from 0; ${String(shard)} is none`);
    if (!Object.hasOwn(state.latest.groups, group)) return badRequest(`group ${group} has not joined`);
    const gone = [group, ownerOf(state.latest, shard)].find((each) => each !== null && state.gone.has(each)) ?? null;
    if (gone !== null) return badRequest(whyGone(gone));
    return change(state, afterMove(state.latest, shard, group));
  },
  settle: (state, command) => settle(state, command),
  settleForGood: (state, command) => {
    const result = settle(state, command);
    if (result.kind === "changed") state.setGone(new Set(command.gone.filter((group) => Object.hasOwn(state.latest.groups, group))));
    return result;
  },
  joinFounded: (state, { groups }) => {
    if (state.latest.number > 0) return change(state, null);
    const joining = groups.map((group) => ({ group, members: announcedMembers(state.foundings.get(group)) }));
    const missing = joining.filter(({ members }) => members.length === 0);
    if (missing.length > 0) return badRequest(`not known to be anywhere yet: ${missing.map(({ group }) => `group ${group}`).join(", ")}`);
    return join(state, joining);
  },
  found: (state, { group, members }) => {
    const earlier = state.foundings.get(group);
    if (earlier !== undefined) return { kind: "founding", founding: earlier };
    if (state.foundings.size >= FOUNDINGS_MAX) return tooLarge(`${String(FOUNDINGS_MAX)} groups were founded already`);
    const founding: Founding = { members, addresses: new Map() };
    state.setFounding(group, founding);
    return { kind: "founding", founding };
  },
  announce: (state, { group, ordinal, address }) => {
    const founding = state.foundings.get(group);
    if (founding === undefined) return badRequest(`group ${group} was never founded`);
    if (ordinal >= GROUP_MEMBERS_MAX) return badRequest(`a group has at most ${String(GROUP_MEMBERS_MAX)} places`);
    const from = founding.addresses.get(ordinal) ?? null;
    if (from !== null && isSameAddress(address, from)) return change(state, null);
    const next = afterRelocation(state.latest, { group, from, to: address });
    const refusal = whyNotNext(state, next);
    if (refusal !== null) return refusal;
    state.setFounding(group, { members: founding.members, addresses: new Map(founding.addresses).set(ordinal, address) });
    return changed(state);
  },
};

const ANSWER: { readonly [K in ControllerQuery["kind"]]: (state: ControllerState, query: QueryOf<K>) => ControllerResult } = {
  configuration: (state, { number }) => {
    const configuration = number === null ? state.latest : state.configuration(number);
    if (configuration !== null) return { kind: "configuration", configuration };
    return { kind: "noConfiguration", oldest: state.oldest.number, latest: state.latest.number };
  },
  founding: (state, { group }) => ({ kind: "founding", founding: state.foundings.get(group) ?? null }),
};

function join(state: ControllerState, groups: readonly GroupMembers[]): ControllerResult {
  const names = new Set([...Object.keys(state.latest.groups), ...groups.map(({ group }) => group)]);
  if (names.size > GROUPS_MAX) return badRequest(GROUPS_AT_MOST);
  const result = change(state, afterJoin(state.latest, groups, state.gone));
  const joined = groups.map(({ group }) => group);
  if (result.kind === "changed") state.setGone(goneWithout(state.gone, joined));
  return result;
}

function settle(state: ControllerState, { number, holders, gone, frozenTo }: Omit<SettleCommand, "kind">): ControllerResult {
  const { latest, settlements } = state;
  if (number !== latest.number) return { kind: "overtaken", message: `configuration ${String(latest.number)} came meanwhile: ask again` };
  // Whoever is given it next would begin empty.
  if (holders.some((holder, shard) => holder === null && ownerOf(latest, shard) !== null)) return badRequest("a shard would be nobody's");
  const next = afterSettling(state.configurations, { holders, gone });
  if (next === undefined) return badRequest("nobody knows where one of those groups is that have shards");
  // A group that has left, and has something, is in it again.
  if (Object.keys(next.groups).length > GROUPS_MAX) return tooLarge(GROUPS_AT_MOST);
  const said = settlements.get(number);
  // Moves of other configurations may go on under the same owners, so it has to be a settlement that says it.
  if (said !== undefined && frozenTo.every((group) => said.includes(group)) && saysTheSame(latest, next)) return changed(state);
  return state.addSettlement(next, frozenTo)
    ? changed(state)
    : tooLarge(`a configuration has at most ${String(CONFIGURATION_BYTES_MAX)} bytes`);
}

const saysTheSame = (latest: Configuration, next: Configuration): boolean =>
  equalBytes(encodeConfiguration(latest), encodeConfiguration({ ...next, number: latest.number }));

/** Null: there was nothing to change. */
function change(state: ControllerState, next: Configuration | null): ControllerResult {
  return whyNotNext(state, next) ?? changed(state);
}

/** Null, and the configuration holds. */
function whyNotNext(state: ControllerState, next: Configuration | null): ControllerResult | null {
  if (next === null) return null;
  if (Object.values(next.groups).some((members) => members.length > GROUP_MEMBERS_MAX)) {
    return badRequest(`a group has at most ${String(GROUP_MEMBERS_MAX)} members`);
  }
  return state.add(next) ? null : tooLarge(`a configuration has at most ${String(CONFIGURATION_BYTES_MAX)} bytes`);
}

const namesIn = ({ groups }: Configuration): readonly GroupId[] => Object.keys(groups) as GroupId[];

/** Whoever is given what is there waits for ever, and so does whoever waits for it to take something over. */
const whyGone = (group: GroupId): string => `group ${group} is gone for good, as was said; if it is back, let it join`;

/** In the order of the places. */
function announcedMembers(founding: Founding | undefined): GroupMembers["members"] {
  return [...(founding?.addresses ?? [])].sort(([a], [b]) => a - b).map(([, address]) => address);
}

const changed = (state: ControllerState): ControllerResult => ({ kind: "changed", number: state.latest.number });
const badRequest = (message: string): ControllerResult => ({ kind: "badRequest", message });
const tooLarge = (message: string): ControllerResult => ({ kind: "tooLarge", message });
