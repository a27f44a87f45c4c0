// The controllers' state as a stream of bytes: sized records, the first of which says what follows, then one for each
// founding and each configuration. The stream may be cut anywhere on its way back in. Each record is JSON: there are few,
// and people look at them.
import { concatBytes, EMPTY_BYTES, textOf, utf8 } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import type { ByteWriter } from "../base/byte-writer.ts";
import type { GroupId } from "../base/ids.ts";
import type { Restoration, SnapshotSource } from "../replica/state-machine.ts";
import type { Configuration } from "../shards/configuration.ts";
import { decodeConfiguration, encodeConfiguration, isGroupId } from "../shards/configuration.ts";
import { ControllerState } from "./controller-state.ts";
import type { GoneGroups } from "./rebalance.ts";
import { byName } from "./rebalance.ts";
import type { Founding } from "./results.ts";
import { foundingAsJson, foundingFromJson } from "./results.ts";

const FORMAT = 1;
const LENGTH_BYTES = 4;
/** Larger than any record of any format: a length beyond that is damage, and nothing waits for so many bytes. */
const RECORD_BYTES_MAX = 16_777_216;

export class ControllerSnapshotSource implements SnapshotSource {
  readonly #records: Iterator<Uint8Array>;

  constructor(state: ControllerState) {
    const { configurations, settlements, digest, gone } = state;
    this.#records = recordsOf({ configurations, digest, foundings: [...state.foundings], settlements: [...settlements], gone: [...gone] });
  }

  next(slice: ByteWriter, bytesMax: number): boolean {
    const start = slice.length;
    while (slice.length - start < bytesMax) {
      const { done, value } = this.#records.next() as IteratorResult<Uint8Array, undefined>;
      if (done === true) break;
      slice.uint32(value.length).raw(value);
    }
    return slice.length > start;
  }
}

type Content = {
  readonly configurations: readonly Configuration[];
  readonly foundings: readonly (readonly [GroupId, Founding])[];
  readonly digest: number;
  readonly settlements: readonly (readonly [number, readonly GroupId[]])[];
  readonly gone: readonly GroupId[];
};

function* recordsOf({ configurations, foundings, digest, settlements, gone }: Content): Generator<Uint8Array, undefined> {
  const header = [FORMAT, foundings.length, configurations.length, digest];
  // Where there is one of these, every member knows that there may be.
  const more = gone.length > 0 ? [settlements, [...gone].sort(byName)] : settlements.length > 0 ? [settlements] : [];
  yield utf8(JSON.stringify([...header, ...more]));
  for (const [group, founding] of foundings) yield utf8(JSON.stringify([group, foundingAsJson(founding)]));
  for (const configuration of configurations) yield encodeConfiguration(configuration);
  return undefined;
}

type Header = {
  readonly foundings: number;
  readonly configurations: number;
  readonly digest: number;
  readonly settlements: ReadonlyMap<number, readonly GroupId[]>;
  readonly gone: GoneGroups;
};

export class ControllerRestoration implements Restoration {
  readonly #onFinish: (state: ControllerState) => void;
  readonly #foundings: (readonly [GroupId, Founding])[] = [];
  readonly #configurations: Configuration[] = [];
  /** The beginning of a record whose end has not arrived. */
  #unread: Uint8Array = EMPTY_BYTES;
  #header: Header | null = null;

  constructor(onFinish: (state: ControllerState) => void) {
    this.#onFinish = onFinish;
  }

  write(bytes: Uint8Array): boolean {
    const all = this.#unread.length === 0 ? bytes : concatBytes([this.#unread, bytes]);
    let offset = 0;
    while (all.length - offset >= LENGTH_BYTES) {
      const length = new ByteReader(all, offset).uint32();
      const end = offset + LENGTH_BYTES + length;
      if (length > RECORD_BYTES_MAX) return false;
      if (end > all.length) break;
      if (!this.#read(all.subarray(offset + LENGTH_BYTES, end))) return false;
      offset = end;
    }
    this.#unread = all.slice(offset);
    return true;
  }

  finish(): boolean {
    const header = this.#header;
    if (header === null || this.#unread.length > 0) return false;
    if (header.foundings !== this.#foundings.length || header.configurations !== this.#configurations.length) return false;
    this.#onFinish(new ControllerState(this.#configurations, this.#foundings, header));
    return true;
  }

  #read(record: Uint8Array): boolean {
    if (this.#header === null) return this.#readHeader(record);
    return this.#foundings.length < this.#header.foundings ? this.#readFounding(record) : this.#readConfiguration(record);
  }

  #readHeader(record: Uint8Array): boolean {
    const [format, foundings, configurations, digest, given = [], gone = []] = listIn(record);
    const settlements = settlementsIn(given);
    if (format !== FORMAT || !isCount(foundings) || !isCount(configurations) || !isCount(digest) || configurations === 0) return false;
    if (settlements === null || !Array.isArray(gone) || !gone.every(isGroupId)) return false;
    this.#header = { foundings, configurations, digest, settlements, gone: new Set(gone) };
    return true;
  }

  #readFounding(record: Uint8Array): boolean {
    const [group, given] = listIn(record);
    const founding = foundingFromJson(given);
    if (!isGroupId(group) || founding === null) return false;
    this.#foundings.push([group, founding]);
    return true;
  }

  #readConfiguration(record: Uint8Array): boolean {
    const configuration = decodeConfiguration(record);
    const before = this.#configurations.at(-1);
    if (configuration === null || (before !== undefined && configuration.number !== before.number + 1)) return false;
    this.#configurations.push(configuration);
    return true;
  }
}

/** Null for what are none. */
function settlementsIn(given: unknown): ReadonlyMap<number, readonly GroupId[]> | null {
  const all = Array.isArray(given) ? (given as readonly unknown[]) : [null];
  const settlements = all.flatMap((each) => {
    const [number, frozenTo] = Array.isArray(each) ? (each as readonly unknown[]) : [];
    return isCount(number) && Array.isArray(frozenTo) && frozenTo.every(isGroupId) ? [[number, frozenTo] as const] : [];
  });
  return settlements.length === all.length ? new Map(settlements) : null;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function listIn(record: Uint8Array): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(textOf(record));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
