// What a replica is told from outside: environment variables, read once, checked one by one and against each other, then
// frozen. A bad value is one line that names it. README.md lists them; a test compares.
import type { ClusterId, GroupId } from "../../core/base/ids.ts";
import { asCluster, asGroup } from "../../core/base/ids.ts";
import type { RaftLimits, RaftTiming } from "../../core/raft/inputs.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import type { Place } from "../../core/raft/membership.ts";
import { PLACES_MAX } from "../../core/replica/identity.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../core/replica/options.ts";
import { DEFAULT_LOG_LIMITS } from "../../runtime/disk/log/log-options.ts";
import type { LogLimits } from "../../runtime/disk/log/log-options.ts";
import { SEGMENT_BYTES_MAX } from "../../runtime/disk/log/segment.ts";
import type { LogLevel } from "../../runtime/logger.ts";
import { LOG_LEVELS } from "../../runtime/logger.ts";
import { formatAddress, parseAddress } from "../../runtime/peers/peer-address.ts";

export const SERVICE = { name: "replica", version: "0.1.0" } as const;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The only place that reads it. */
export const environment: Environment = process.env;

export type ReplicaConfig = {
  readonly group: GroupId;
  readonly cluster: ClusterId | null;
  readonly self: Place;
  readonly places: readonly Place[];
  /** Where clients reach the member of a place, as an origin. */
  readonly httpOrigins: ReadonlyMap<number, string>;
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly peerPort: number;
  readonly logLevel: LogLevel;
  readonly timing: RaftTiming;
  readonly raftLimits: RaftLimits;
  readonly limits: ReplicaLimits;
  readonly logLimits: LogLimits;
  readonly requestBytesMax: number;
  readonly streamRequestsMax: number;
  readonly diskReserveBytes: number | null;
  readonly shutdownMs: number;
};

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export type Setting = { readonly name: string; readonly fallback: string | null; readonly meaning: string };

/** In the order in which they are documented. A fallback of null: the setting must be given. */
export const SETTINGS = {
  group: setting("FLOTILLA_GROUP", "1", "the group that this replica belongs to"),
  cluster: setting("FLOTILLA_CLUSTER", "", "the id of the cluster; if empty, the group's founder makes one"),
  ordinal: setting("FLOTILLA_ORDINAL", null, "this replica's place in the group, from 0"),
  peers: setting("FLOTILLA_PEERS", null, "the peer addresses of all places, `host:port`, by ordinal, separated by commas"),
  httpPeers: setting("FLOTILLA_HTTP_PEERS", "", "the client addresses of all places; if empty, the peers' hosts with FLOTILLA_HTTP_PORT"),
  dataDir: setting("FLOTILLA_DATA_DIR", null, "the directory that holds this replica's data, and nobody else's"),
  host: setting("FLOTILLA_HOST", "127.0.0.1", "the address to listen on"),
  httpPort: setting("FLOTILLA_HTTP_PORT", "7400", "the port for clients, health and metrics"),
  peerPort: setting("FLOTILLA_PEER_PORT", "", "the port for peers; if empty, the one in FLOTILLA_PEERS"),
  logLevel: setting("FLOTILLA_LOG_LEVEL", "info", `one of ${LOG_LEVELS.join(", ")}`),
  heartbeatTicks: number("FLOTILLA_HEARTBEAT_TICKS", DEFAULT_TIMING.heartbeatTicks, "ticks of 25 ms between heartbeats"),
  electionTicks: number(
    "FLOTILLA_ELECTION_TICKS",
    DEFAULT_TIMING.electionTicks,
    "ticks of silence before an election, at least; at most twice as many",
  ),
  requestBytesMax: number("FLOTILLA_REQUEST_BYTES_MAX", 2_097_152, "the largest body of a request"),
  streamRequestsMax: number("FLOTILLA_STREAM_REQUESTS_MAX", 4_096, "requests of one stream that may wait for their answers"),
  pendingWritesMax: number(
    "FLOTILLA_PENDING_WRITES_MAX",
    DEFAULT_REPLICA_LIMITS.pendingWritesMax,
    "writes that may wait at once; more are refused",
  ),
  pendingReadsMax: number(
    "FLOTILLA_PENDING_READS_MAX",
    DEFAULT_REPLICA_LIMITS.pendingReadsMax,
    "reads that may wait at once; more are refused",
  ),
  snapshotEntries: number(
    "FLOTILLA_SNAPSHOT_ENTRIES",
    DEFAULT_REPLICA_LIMITS.snapshotEntries,
    "entries in the log at which a snapshot is taken",
  ),
  snapshotBytes: number("FLOTILLA_SNAPSHOT_BYTES", DEFAULT_REPLICA_LIMITS.snapshotBytes, "bytes in the log at which a snapshot is taken"),
  trailingEntries: number("FLOTILLA_TRAILING_ENTRIES", DEFAULT_LIMITS.trailingEntries, "entries that stay in the log behind a snapshot"),
  segmentBytes: number("FLOTILLA_SEGMENT_BYTES", DEFAULT_LOG_LIMITS.segmentBytes, "the size of one file of the log"),
  diskReserveBytes: setting(
    "FLOTILLA_DISK_RESERVE_BYTES",
    "",
    "free space below which growth is refused; if empty, the larger of 256 MiB and 1.5 times the last snapshot",
  ),
  shutdownMs: number("FLOTILLA_SHUTDOWN_MS", 10_000, "how long an end in good order may take"),
} as const satisfies Record<string, Setting>;

function setting(name: string, fallback: string | null, meaning: string): Setting {
  return { name, fallback, meaning };
}

function number(name: string, fallback: number, meaning: string): Setting {
  return setting(name, String(fallback), meaning);
}

export function replicaConfig(environment: Environment): ReplicaConfig {
  const read = reader(environment);
  const places = placesIn(SETTINGS.peers, read.text(SETTINGS.peers));
  const ordinal = read.whole(SETTINGS.ordinal, { min: 0, max: PLACES_MAX - 1 });
  const self = places[ordinal];
  check(self !== undefined, SETTINGS.ordinal, `is ${ordinal}, but ${SETTINGS.peers.name} has only ${places.length} places`);
  const httpPort = read.port(SETTINGS.httpPort);
  const config: ReplicaConfig = {
    group: asGroup(read.text(SETTINGS.group)),
    cluster: clusterIn(read.text(SETTINGS.cluster)),
    self,
    places,
    httpOrigins: httpOrigins(read.text(SETTINGS.httpPeers), places, httpPort),
    dataDir: read.text(SETTINGS.dataDir),
    host: read.text(SETTINGS.host),
    httpPort,
    peerPort: read.text(SETTINGS.peerPort) === "" ? portOf(self.address) : read.port(SETTINGS.peerPort),
    logLevel: read.oneOf(SETTINGS.logLevel, LOG_LEVELS),
    ...tuning(read),
  };
  check(config.peerPort !== config.httpPort, SETTINGS.peerPort, `is ${config.peerPort}, like ${SETTINGS.httpPort.name}`);
  return Object.freeze(config);
}

type Tuning = Pick<
  ReplicaConfig,
  "timing" | "raftLimits" | "limits" | "logLimits" | "requestBytesMax" | "streamRequestsMax" | "diskReserveBytes" | "shutdownMs"
>;

function tuning(read: Reader): Tuning {
  const timing = { heartbeatTicks: read.count(SETTINGS.heartbeatTicks), electionTicks: read.count(SETTINGS.electionTicks) };
  const needed = 3 * timing.heartbeatTicks;
  check(timing.electionTicks >= needed, SETTINGS.electionTicks, `must be at least three times ${SETTINGS.heartbeatTicks.name}: ${needed}`);
  const limits = {
    ...DEFAULT_REPLICA_LIMITS,
    pendingWritesMax: read.count(SETTINGS.pendingWritesMax),
    pendingReadsMax: read.count(SETTINGS.pendingReadsMax),
    snapshotEntries: read.count(SETTINGS.snapshotEntries),
    snapshotBytes: read.count(SETTINGS.snapshotBytes),
  };
  const segmentBytes = read.count(SETTINGS.segmentBytes);
  const segmentBytesMin = 2 * DEFAULT_LIMITS.entryBytesMax;
  check(
    segmentBytes >= segmentBytesMin && segmentBytes <= SEGMENT_BYTES_MAX && segmentBytes % 4_096 === 0,
    SETTINGS.segmentBytes,
    `is ${segmentBytes}, and must be a multiple of 4096 from ${segmentBytesMin} to ${SEGMENT_BYTES_MAX}`,
  );
  return {
    timing,
    raftLimits: { ...DEFAULT_LIMITS, trailingEntries: read.count(SETTINGS.trailingEntries) },
    limits,
    logLimits: { ...DEFAULT_LOG_LIMITS, segmentBytes },
    requestBytesMax: read.count(SETTINGS.requestBytesMax),
    streamRequestsMax: read.count(SETTINGS.streamRequestsMax),
    diskReserveBytes: read.text(SETTINGS.diskReserveBytes) === "" ? null : read.count(SETTINGS.diskReserveBytes),
    shutdownMs: read.count(SETTINGS.shutdownMs),
  };
}

type Range = { readonly min: number; readonly max: number };

type Reader = {
  text(setting: Setting): string;
  whole(setting: Setting, range: Range): number;
  count(setting: Setting): number;
  port(setting: Setting): number;
  oneOf<T extends string>(setting: Setting, choices: readonly T[]): T;
};

function reader(environment: Environment): Reader {
  const text = (setting: Setting): string => {
    const given = environment[setting.name];
    const value = given === undefined || given === "" ? setting.fallback : given;
    check(value !== null, setting, `is not set: ${setting.meaning}`);
    return value;
  };
  const whole = (setting: Setting, { min, max }: Range): number => {
    const value = text(setting);
    const isWhole = /^[0-9]{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;
    check(isWhole, setting, `is ${JSON.stringify(value)}, not a whole number from ${min} to ${max}`);
    return Number(value);
  };
  return {
    text,
    whole,
    count: (setting) => whole(setting, { min: 1, max: Number.MAX_SAFE_INTEGER }),
    port: (setting) => whole(setting, { min: 1, max: 65_535 }),
    oneOf: (setting, choices) => {
      const value = text(setting);
      const choice = choices.find((each) => each === value);
      check(choice !== undefined, setting, `is ${JSON.stringify(value)}, not one of ${choices.join(", ")}`);
      return choice;
    },
  };
}

function placesIn(setting: Setting, list: string): readonly Place[] {
  const places = list.split(",").map((text, ordinal) => {
    const address = parseAddress(text.trim());
    check(address !== null, setting, `has ${JSON.stringify(text.trim())} for ordinal ${ordinal}, which is not host:port`);
    return { ordinal, address: formatAddress(address) };
  });
  check(places.length <= PLACES_MAX, setting, `has ${places.length} places; at most ${PLACES_MAX} make a group`);
  check(new Set(places.map(({ address }) => address)).size === places.length, setting, "has the same address twice");
  return places;
}

function httpOrigins(list: string, places: readonly Place[], httpPort: number): ReadonlyMap<number, string> {
  if (list === "") return new Map(places.map(({ ordinal, address }) => [ordinal, origin(hostOf(address), httpPort)]));
  const given = placesIn(SETTINGS.httpPeers, list);
  check(given.length === places.length, SETTINGS.httpPeers, `has ${given.length} places, ${SETTINGS.peers.name} has ${places.length}`);
  return new Map(given.map(({ ordinal, address }) => [ordinal, `http://${address}`]));
}

const origin = (host: string, port: number): string => `http://${formatAddress({ host, port })}`;
const hostOf = (address: string): string => parseAddress(address)?.host ?? "";
const portOf = (address: string): number => parseAddress(address)?.port ?? 0;
const clusterIn = (text: string): ClusterId | null => (text === "" ? null : asCluster(text));

function check(claim: boolean, setting: Setting, problem: string): asserts claim {
  if (!claim) throw new ConfigError(`${setting.name} ${problem}`);
}
