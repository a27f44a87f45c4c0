// What a snapshot is, as header fields. A receiver installs the membership that comes with it, so its shape is checked
// in full: no list may hold anything but ids, and every place has an ordinal and an address.
import type { MemberId } from "../../core/base/ids.ts";
import { asIndex, asServiceIndex, asTerm } from "../../core/base/ids.ts";
import type { LogBase } from "../../core/raft/entry.ts";
import type { Membership } from "../../core/raft/membership.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import type { HeaderFields } from "./header-fields.ts";

export function writeSnapshotMeta({ base, ...rest }: SnapshotMeta): Readonly<Record<string, unknown>> {
  return { ...rest, base: [base.index, base.term, base.serviceIndex] };
}

export function readSnapshotMeta(fields: HeaderFields): SnapshotMeta {
  return {
    id: fields.text("id"),
    base: readBase(fields),
    membership: readMembership(fields.object("membership")),
    version: fields.count("version"),
    sizeBytes: fields.count("sizeBytes"),
    checksum: fields.count("checksum"),
  };
}

function readBase(fields: HeaderFields): LogBase {
  const [index, term, serviceIndex] = fields.counts("base", 3);
  return { index: asIndex(index ?? 0), term: asTerm(term ?? 0), serviceIndex: asServiceIndex(serviceIndex ?? 0) };
}

function readMembership(fields: HeaderFields): Membership {
  return {
    index: asIndex(fields.count("index")),
    voters: members(fields, "voters"),
    outgoing: members(fields, "outgoing"),
    learners: members(fields, "learners"),
    removed: members(fields, "removed"),
    // From entries, never by assignment: a member called "__proto__" must stay a plain key.
    places: Object.fromEntries(
      fields.objects("places").map(([member, place]) => [member, { ordinal: place.count("ordinal"), address: place.text("address") }]),
    ),
    ...(fields.has("closedFrom") ? { closedFrom: fields.countOrNull("closedFrom") } : {}),
  };
}

function members(fields: HeaderFields, name: string): readonly MemberId[] {
  return fields.texts(name) as readonly MemberId[];
}
