// The one configuration of a group that runs without controllers: every shard is its own.
import type { GroupId } from "../base/ids.ts";
import type { Configuration, MemberAddress } from "./configuration.ts";
import { SHARDS } from "./slots.ts";

export function ownConfiguration(group: GroupId, members: readonly MemberAddress[]): Configuration {
  return { number: 1, shards: new Array<GroupId>(SHARDS).fill(group), groups: { [group]: members } };
}
