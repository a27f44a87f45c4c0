// A configuration in a snapshot: neighbouring shards have one owner most of the time, so each run of them is said once. Else
// as configuration.ts writes it.
import { textOf, utf8 } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import type { GroupId } from "../base/ids.ts";
import type { Configuration } from "./configuration.ts";
import { decodeConfiguration, encodeConfiguration } from "./configuration.ts";
import { SHARDS } from "./slots.ts";

type Owner = GroupId | null;

export function encodeCompactly(configuration: Configuration): Uint8Array {
  const { shards } = configuration;
  const writer = new ByteWriter();
  for (let from = 0; from < shards.length;) {
    const to = endOfRun(shards, from);
    writer.text(shards[from] ?? "").count(to - from);
    from = to;
  }
  const owners = writer.finish();
  // What is left when the owners are taken away.
  const [number, , members] = JSON.parse(textOf(encodeConfiguration(configuration))) as readonly unknown[];
  return new ByteWriter()
    .sized(owners)
    .raw(utf8(JSON.stringify([number, members])))
    .finish();
}

/** Null for bytes that are none. */
export function decodeCompactly(bytes: Uint8Array): Configuration | null {
  const reader = new ByteReader(bytes);
  const owners = readOwners(new ByteReader(reader.sized()));
  const rest = parse(textOf(reader.rest()));
  if (owners === null || !reader.isIntact || !Array.isArray(rest) || rest.length !== 2) return null;
  const [number, members] = rest as readonly unknown[];
  const names = Array.isArray(members)
    ? members.map((each: unknown) => (Array.isArray(each) ? (each as readonly unknown[])[0] : null))
    : [];
  const places = owners.map((owner) => (owner === null ? -1 : names.indexOf(owner)));
  const isUnknown = places.some((place, shard) => place === -1 && owners[shard] !== null);
  return isUnknown ? null : decodeConfiguration(utf8(JSON.stringify([number, places, members])));
}

function endOfRun(shards: readonly Owner[], from: number): number {
  let to = from;
  while (to < shards.length && shards[to] === shards[from]) to++;
  return to;
}

function readOwners(reader: ByteReader): readonly Owner[] | null {
  const owners: Owner[] = [];
  while (reader.remaining > 0 && owners.length < SHARDS) {
    const name = reader.text();
    const count = reader.count();
    if (count > SHARDS - owners.length) return null;
    for (let i = 0; i < count; i++) owners.push(name === "" ? null : (name as GroupId));
  }
  return reader.isIntact && reader.remaining === 0 && owners.length === SHARDS ? owners : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
