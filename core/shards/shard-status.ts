// What a shard is to a group, and what the next configuration makes of it:
//
//   absent ──gained from a group──► pulling ──all of it is here──► serving ──lost to a group──► leaving
//   absent ──gained from nobody───► serving                                                       │ the receiver asks
//   absent ◄──the receiver serves── frozen ◄──────────────────────────────────────────────────────┘
//
// A shard that is taken away and given to nobody is parked: kept, and served again when it is given back.
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "./configuration.ts";
import { ownerOf } from "./configuration.ts";

/** `number`: of the configuration by which it moves. */
export type ShardStatus =
  | { readonly kind: "absent" }
  | { readonly kind: "parked" }
  | { readonly kind: "serving" }
  | { readonly kind: "pulling"; readonly number: number; readonly from: GroupId }
  /** Still serves here; what changes is written down for the copy. */
  | { readonly kind: "leaving"; readonly number: number; readonly to: GroupId }
  /** Serves nobody until the receiver does. */
  | { readonly kind: "frozen"; readonly number: number; readonly to: GroupId; readonly atMs: number };

export const ABSENT: ShardStatus = { kind: "absent" };
export const PARKED: ShardStatus = { kind: "parked" };
export const SERVING: ShardStatus = { kind: "serving" };

/** In the middle of a move: no further configuration is adopted until it has ended. */
export const isMoving = ({ kind }: ShardStatus): boolean => kind === "pulling" || kind === "leaving" || kind === "frozen";

export const isServed = ({ kind }: ShardStatus): boolean => kind === "serving" || kind === "leaving";

export type Change = { readonly group: GroupId; readonly before: Configuration; readonly next: Configuration };

/** Of a shard that is not moving. */
export function statusAfter(status: ShardStatus, shard: number, { group, before, next }: Change): ShardStatus {
  const [owner, heir] = [ownerOf(before, shard), ownerOf(next, shard)];
  if (owner === heir) return status;
  if (owner === group) return heir === null ? PARKED : { kind: "leaving", number: next.number, to: heir };
  if (heir !== group) return status;
  return owner === null ? SERVING : { kind: "pulling", number: next.number, from: owner };
}
