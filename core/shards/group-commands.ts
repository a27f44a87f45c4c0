// What a group's log holds besides the commands of clients, and what other groups may ask of its state: steps of moves,
// configurations, time. The first byte tells them from commands and queries of the key/value store, whose codes are below
// 128. All of them can be repeated: each says which configuration it belongs to, and where it goes on from.
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter } from "../base/byte-writer.ts";
import type { GroupId } from "../base/ids.ts";
import { FIRST_VERSION, SETTLING_VERSION } from "../replica/options.ts";

export type GroupCommand =
  /** The next configuration, encoded. */
  | { readonly kind: "adopt"; readonly configuration: Uint8Array }
  /** A chunk of a shard that comes in, and the cursor that it was asked for with. */
  | { readonly kind: "stage"; readonly shard: number; readonly number: number; readonly from: Uint8Array; readonly chunk: Uint8Array }
  /** Asked by the receiver: from now on the shard that leaves serves nobody here. */
  | { readonly kind: "freeze"; readonly shard: number; readonly number: number }
  /** The receiver has dropped it, and will never serve it by this configuration: it is leaving again, and served here. */
  | { readonly kind: "thaw"; readonly shard: number; readonly number: number }
  /** The receiver serves; the copy that was left here goes. */
  | { readonly kind: "release"; readonly shard: number; readonly number: number }
  /** A configuration that says who has what, encoded; and for whom a shard may stand still and be had all the same. */
  | { readonly kind: "settle"; readonly frozenTo: readonly GroupId[]; readonly configuration: Uint8Array }
  /** What is due ends. */
  | { readonly kind: "clock" };

export type GroupQuery =
  /** The next chunk of a shard that leaves. */
  | { readonly kind: "copy"; readonly shard: number; readonly number: number; readonly from: Uint8Array; readonly bytesMax: number }
  /** Whether the shard has arrived here, by this configuration or a later one. */
  | { readonly kind: "hasArrived"; readonly shard: number; readonly number: number }
  | { readonly kind: "configuration"; readonly number: number }
  /** Whether the shard is served here by a later configuration: then whoever had it by this one has an old copy. */
  | { readonly kind: "servesLater"; readonly shard: number; readonly number: number }
  /** A query of the key/value store that has no key to tell its shard by. */
  | { readonly kind: "inShard"; readonly shard: number; readonly query: Uint8Array };

const COMMAND_CODES = { adopt: 128, stage: 129, freeze: 130, release: 131, clock: 132, settle: 133, thaw: 134 } as const;
const QUERY_CODES = { copy: 128, hasArrived: 129, configuration: 130, inShard: 131, servesLater: 132 } as const;
const LOWEST_CODE = 128;

/** The group version that every member must have reached before a command of this kind may be proposed. */
const VERSION_OF: { readonly [K in GroupCommand["kind"]]: number } = {
  adopt: FIRST_VERSION,
  stage: FIRST_VERSION,
  freeze: FIRST_VERSION,
  release: FIRST_VERSION,
  clock: FIRST_VERSION,
  settle: SETTLING_VERSION,
  thaw: SETTLING_VERSION,
};

export const isGroupLevel = (bytes: Uint8Array): boolean => (bytes[0] ?? 0) >= LOWEST_CODE;

export function encodeGroupCommand(command: GroupCommand): Uint8Array {
  const writer = new ByteWriter().uint8(COMMAND_CODES[command.kind]);
  if (command.kind === "adopt") writer.raw(command.configuration);
  else if (command.kind === "settle") writeSettle(writer, command);
  else if (command.kind !== "clock") writer.count(command.shard).count(command.number);
  if (command.kind === "stage") writer.sized(command.from).raw(command.chunk);
  return writer.finish();
}

function writeSettle(writer: ByteWriter, { frozenTo, configuration }: Extract<GroupCommand, { readonly kind: "settle" }>): void {
  writer.count(frozenTo.length);
  for (const group of frozenTo) writer.text(group);
  writer.raw(configuration);
}

/** What is no command is answered as such by every version. */
export function versionOfGroupCommand(bytes: Uint8Array): number {
  const command = decodeGroupCommand(bytes);
  return command === null ? FIRST_VERSION : VERSION_OF[command.kind];
}

/** Null for bytes that are no command of this level. Byte strings are views. */
export function decodeGroupCommand(bytes: Uint8Array): GroupCommand | null {
  const reader = new ByteReader(bytes);
  const command = readCommand(reader);
  return command !== null && reader.isIntact && reader.remaining === 0 ? command : null;
}

function readCommand(reader: ByteReader): GroupCommand | null {
  switch (reader.uint8()) {
    case COMMAND_CODES.adopt:
      return { kind: "adopt", configuration: reader.rest() };
    case COMMAND_CODES.stage:
      return { kind: "stage", shard: reader.count(), number: reader.count(), from: reader.sized(), chunk: reader.rest() };
    case COMMAND_CODES.freeze:
      return { kind: "freeze", shard: reader.count(), number: reader.count() };
    case COMMAND_CODES.release:
      return { kind: "release", shard: reader.count(), number: reader.count() };
    case COMMAND_CODES.thaw:
      return { kind: "thaw", shard: reader.count(), number: reader.count() };
    case COMMAND_CODES.clock:
      return { kind: "clock" };
    case COMMAND_CODES.settle:
      return { kind: "settle", frozenTo: readGroups(reader), configuration: reader.rest() };
    default:
      return null;
  }
}

function readGroups(reader: ByteReader): readonly GroupId[] {
  const groups: GroupId[] = [];
  for (let count = reader.count(); count > 0 && reader.isIntact; count--) groups.push(reader.text() as GroupId);
  return groups;
}

export function encodeGroupQuery(query: GroupQuery): Uint8Array {
  const writer = new ByteWriter().uint8(QUERY_CODES[query.kind]);
  if (query.kind === "configuration") return writer.count(query.number).finish();
  writer.count(query.shard);
  if (query.kind === "inShard") return writer.raw(query.query).finish();
  writer.count(query.number);
  if (query.kind === "copy") writer.sized(query.from).count(query.bytesMax);
  return writer.finish();
}

/** Null for bytes that are no query of this level. */
export function decodeGroupQuery(bytes: Uint8Array): GroupQuery | null {
  const reader = new ByteReader(bytes);
  const query = readQuery(reader);
  return query !== null && reader.isIntact && reader.remaining === 0 ? query : null;
}

function readQuery(reader: ByteReader): GroupQuery | null {
  switch (reader.uint8()) {
    case QUERY_CODES.copy:
      return { kind: "copy", shard: reader.count(), number: reader.count(), from: reader.sized(), bytesMax: reader.count() };
    case QUERY_CODES.hasArrived:
      return { kind: "hasArrived", shard: reader.count(), number: reader.count() };
    case QUERY_CODES.configuration:
      return { kind: "configuration", number: reader.count() };
    case QUERY_CODES.servesLater:
      return { kind: "servesLater", shard: reader.count(), number: reader.count() };
    case QUERY_CODES.inShard:
      return { kind: "inShard", shard: reader.count(), query: reader.rest() };
    default:
      return null;
  }
}

/** What another group may have this one do: freeze a shard that it is about to take over, and adopt the next configuration. */
export function mayGroupsAsk(kind: "read" | "write", bytes: Uint8Array): boolean {
  if (kind === "write") return GROUPS_MAY_WRITE.has(decodeGroupCommand(bytes)?.kind);
  const query = decodeGroupQuery(bytes);
  return query !== null && query.kind !== "inShard";
}

const GROUPS_MAY_WRITE: ReadonlySet<GroupCommand["kind"] | undefined> = new Set<GroupCommand["kind"]>(["freeze", "adopt"]);

/** Whether a shard has arrived. `dropped`: by this configuration it never will. Whoever knows only the first two takes it for `no`. */
export type Arrival = "no" | "yes" | "dropped";

const ARRIVALS: readonly Arrival[] = ["no", "yes", "dropped"];

export const encodeArrival = (arrival: Arrival): Uint8Array => Uint8Array.of(ARRIVALS.indexOf(arrival));

/** What can't be read is no reason to let go of anything. */
export const decodeArrival = (bytes: Uint8Array): Arrival => ARRIVALS[bytes[0] ?? 0] ?? "no";

/** What a step has done, as the answer of its entry. */
export type StepResult = "done" | "late" | "wrong";

const STEP_RESULTS: readonly StepResult[] = ["done", "late", "wrong"];

export const encodeStepResult = (result: StepResult): Uint8Array => Uint8Array.of(STEP_RESULTS.indexOf(result));

/** Null for bytes that are none, such as those of a newer version. */
export function decodeStepResult(bytes: Uint8Array): StepResult | null {
  return bytes.length === 1 ? (STEP_RESULTS[bytes[0] as number] ?? null) : null;
}
