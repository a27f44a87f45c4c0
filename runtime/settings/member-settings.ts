// The settings that every member of a replicated group has, whatever its group is for: who it is, where the others are,
// where its data lies, and how it is tuned.
import type { ClusterId, GroupId } from "../../core/base/ids.ts";
import { asCluster } from "../../core/base/ids.ts";
import type { RaftLimits, RaftTiming } from "../../core/raft/inputs.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import type { Place } from "../../core/raft/membership.ts";
import { PLACES_MAX } from "../../core/replica/identity.ts";
import type { ReplicaLimits } from "../../core/replica/options.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../core/replica/options.ts";
import { DEFAULT_LOG_LIMITS } from "../disk/log/log-options.ts";
import type { LogLimits } from "../disk/log/log-options.ts";
import { SEGMENT_BYTES_MAX } from "../disk/log/segment.ts";
import type { AccessPolicy } from "../http/access.ts";
import { AUTH_MODES } from "../http/access.ts";
import type { LogLevel } from "../logger.ts";
import { LOG_LEVELS } from "../logger.ts";
import { formatAddress, parseAddress } from "../peers/peer-address.ts";
import type { TlsMode } from "../peers/tls/tls-mode.ts";
import { TLS_MODES } from "../peers/tls/tls-mode.ts";
import type { Setting, SettingsReader } from "./settings.ts";
import { check, numberSetting, secretSettings, setting } from "./settings.ts";

export type MemberConfig = {
  readonly group: GroupId;
  readonly cluster: ClusterId | null;
  readonly self: Place;
  readonly places: readonly Place[];
  /** Where clients reach the member of a place that is configured, as an origin. */
  readonly httpOrigins: ReadonlyMap<number, string>;
  /** At which port they reach the members of all others, at their peers' hosts; null: nobody has said. */
  readonly httpPortElsewhere: number | null;
  readonly dataDir: string;
  readonly host: string;
  readonly httpPort: number;
  readonly peerPort: number;
  /** For health and metrics alone; null: they are on the HTTP port only. */
  readonly healthPort: number | null;
  readonly access: AccessPolicy;
  /** What processes of the cluster prove themselves to each other by; null: by nothing. */
  readonly clusterSecret: string | null;
  /** Null: members speak to each other without TLS. */
  readonly peerTls: { readonly directory: string; readonly mode: TlsMode } | null;
  readonly logLevel: LogLevel;
  readonly timing: RaftTiming;
  readonly raftLimits: RaftLimits;
  readonly limits: ReplicaLimits;
  readonly logLimits: LogLimits;
  readonly requestBytesMax: number;
  readonly diskReserveBytes: number | null;
  readonly shutdownMs: number;
  readonly redirectMs: number;
  readonly holdMs: number;
};

const DATA_TOKEN = secretSettings("FLOTILLA_DATA_TOKEN", "the token to read and write data with");
const ADMIN_TOKEN = secretSettings("FLOTILLA_ADMIN_TOKEN", "the token to administer with, which is good for data as well");
const CLUSTER_SECRET = secretSettings("FLOTILLA_CLUSTER_SECRET", "what processes of the cluster prove themselves to each other by");

/** In the order in which they are documented. */
export const MEMBER_SETTINGS = {
  ordinal: setting("FLOTILLA_ORDINAL", null, "this member's place in the group, from 0"),
  peers: setting(
    "FLOTILLA_PEERS",
    null,
    "the peer addresses of all places, `host:port`, by ordinal, separated by commas; the same for all members until the group is founded, and then as far as they are known at the start",
  ),
  httpPeers: setting("FLOTILLA_HTTP_PEERS", "", "the client addresses of all places; if empty, the peers' hosts with FLOTILLA_HTTP_PORT"),
  dataDir: setting("FLOTILLA_DATA_DIR", null, "the directory that holds this member's data, and nobody else's"),
  host: setting("FLOTILLA_HOST", "127.0.0.1", "the address to listen on"),
  httpPort: setting("FLOTILLA_HTTP_PORT", "7400", "the port for clients, health and metrics"),
  peerPort: setting("FLOTILLA_PEER_PORT", "", "the port for peers; if empty, the one in FLOTILLA_PEERS"),
  healthPort: setting("FLOTILLA_HEALTH_PORT", "", "one more port for health and metrics; if empty, they are on FLOTILLA_HTTP_PORT only"),
  auth: setting(
    "FLOTILLA_AUTH",
    "",
    "which calls need a token: none of them, those that administer (admin), or all; if empty, admin if FLOTILLA_ADMIN_TOKEN is set, none if not",
  ),
  dataToken: DATA_TOKEN.plain,
  dataTokenFile: DATA_TOKEN.file,
  adminToken: ADMIN_TOKEN.plain,
  adminTokenFile: ADMIN_TOKEN.file,
  clusterSecret: CLUSTER_SECRET.plain,
  clusterSecretFile: CLUSTER_SECRET.file,
  peerTlsDir: setting(
    "FLOTILLA_PEER_TLS_DIR",
    "",
    "a directory with tls.crt, tls.key and ca.crt, by which members prove themselves to each other over TLS; if empty, they speak without",
  ),
  peerTlsMode: setting(
    "FLOTILLA_PEER_TLS_MODE",
    "require",
    "with FLOTILLA_PEER_TLS_DIR: peers are spoken to over TLS alone (require), or on the way there also without (prefer)",
  ),
  logLevel: setting("FLOTILLA_LOG_LEVEL", "info", `one of ${LOG_LEVELS.join(", ")}`),
  heartbeatTicks: numberSetting("FLOTILLA_HEARTBEAT_TICKS", DEFAULT_TIMING.heartbeatTicks, "ticks of 25 ms between heartbeats"),
  electionTicks: numberSetting(
    "FLOTILLA_ELECTION_TICKS",
    DEFAULT_TIMING.electionTicks,
    "ticks of silence before an election, at least; at most twice as many",
  ),
  requestBytesMax: numberSetting("FLOTILLA_REQUEST_BYTES_MAX", 2_097_152, "the largest body of a request"),
  pendingWritesMax: numberSetting(
    "FLOTILLA_PENDING_WRITES_MAX",
    DEFAULT_REPLICA_LIMITS.pendingWritesMax,
    "writes that may wait at once; more are refused",
  ),
  pendingReadsMax: numberSetting(
    "FLOTILLA_PENDING_READS_MAX",
    DEFAULT_REPLICA_LIMITS.pendingReadsMax,
    "reads that may wait at once; more are refused",
  ),
  snapshotEntries: numberSetting(
    "FLOTILLA_SNAPSHOT_ENTRIES",
    DEFAULT_REPLICA_LIMITS.snapshotEntries,
    "entries in the log at which a snapshot is taken",
  ),
  snapshotBytes: numberSetting(
    "FLOTILLA_SNAPSHOT_BYTES",
    DEFAULT_REPLICA_LIMITS.snapshotBytes,
    "bytes in the log at which a snapshot is taken",
  ),
  trailingEntries: numberSetting(
    "FLOTILLA_TRAILING_ENTRIES",
    DEFAULT_LIMITS.trailingEntries,
    "entries that stay in the log behind a snapshot",
  ),
  segmentBytes: numberSetting("FLOTILLA_SEGMENT_BYTES", DEFAULT_LOG_LIMITS.segmentBytes, "the size of one file of the log"),
  diskReserveBytes: setting(
    "FLOTILLA_DISK_RESERVE_BYTES",
    "",
    "free space below which growth is refused; if empty, the larger of 256 MiB and 1.5 times the last snapshot",
  ),
  shutdownMs: numberSetting("FLOTILLA_SHUTDOWN_MS", 10_000, "how long an end in good order may take"),
  redirectMs: numberSetting(
    "FLOTILLA_REDIRECT_MS",
    250,
    "how long a member that is ending still hands requests on after it has handed over, so that its clients learn who leads",
  ),
  holdMs: numberSetting(
    "FLOTILLA_HOLD_MS",
    0,
    "how long a member that is told to end goes on serving, at most, while its group would lose its majority without it",
  ),
} as const satisfies Record<string, Setting>;

/** Each service has a word of its own for where the cluster's id comes from. */
export type MemberIds = { readonly group: GroupId; readonly cluster: string };

export function memberConfig(read: SettingsReader, { group, cluster }: MemberIds): MemberConfig {
  const { ordinal: ordinalSetting, peers, httpPeers } = MEMBER_SETTINGS;
  const places = placesIn(peers, read.list(peers));
  const ordinal = read.whole(ordinalSetting, { min: 0, max: PLACES_MAX - 1 });
  const self = places[ordinal];
  check(self !== undefined, ordinalSetting, `is ${ordinal}, but ${peers.name} has only ${places.length} places`);
  const httpPort = read.port(MEMBER_SETTINGS.httpPort);
  const isPeerPortGiven = read.text(MEMBER_SETTINGS.peerPort) !== "";
  const peerPort = isPeerPortGiven ? read.port(MEMBER_SETTINGS.peerPort) : portOf(self.address);
  check(peerPort !== httpPort, MEMBER_SETTINGS.peerPort, `is ${peerPort}, like ${MEMBER_SETTINGS.httpPort.name}`);
  return {
    group,
    cluster: cluster === "" ? null : asCluster(cluster),
    self,
    places,
    httpOrigins: httpOrigins(read.list(httpPeers), places, httpPort),
    httpPortElsewhere: read.list(httpPeers).length === 0 ? httpPort : null,
    dataDir: read.text(MEMBER_SETTINGS.dataDir),
    host: read.text(MEMBER_SETTINGS.host),
    httpPort,
    peerPort,
    healthPort: healthPort(read, [httpPort, peerPort]),
    access: accessPolicy(read),
    clusterSecret: read.secret(CLUSTER_SECRET),
    peerTls: peerTls(read),
    logLevel: read.oneOf(MEMBER_SETTINGS.logLevel, LOG_LEVELS),
    ...tuning(read),
  };
}

export function healthPort(read: SettingsReader, others: readonly number[]): number | null {
  const { healthPort: setting } = MEMBER_SETTINGS;
  if (read.text(setting) === "") return null;
  const port = read.port(setting);
  check(!others.includes(port), setting, `is ${port}, like another port of this process`);
  return port;
}

export function accessPolicy(read: SettingsReader): AccessPolicy {
  const [dataToken, adminToken] = [read.secret(DATA_TOKEN), read.secret(ADMIN_TOKEN)];
  const { auth } = MEMBER_SETTINGS;
  const mode = read.text(auth) === "" ? (adminToken === null ? "none" : "admin") : read.oneOf(auth, AUTH_MODES);
  check(mode === "none" || adminToken !== null, auth, `is ${mode}, which needs ${ADMIN_TOKEN.plain.name}`);
  check(mode !== "all" || dataToken !== null, auth, `is all, which needs ${DATA_TOKEN.plain.name}`);
  check(dataToken === null || dataToken !== adminToken, DATA_TOKEN.plain, `is the same as ${ADMIN_TOKEN.plain.name}`);
  return { mode, dataToken, adminToken };
}

function peerTls(read: SettingsReader): MemberConfig["peerTls"] {
  const { peerTlsDir, peerTlsMode } = MEMBER_SETTINGS;
  const [directory, mode] = [read.text(peerTlsDir), read.oneOf(peerTlsMode, TLS_MODES)];
  check(directory !== "" || mode === "require", peerTlsMode, `is ${mode}, which needs ${peerTlsDir.name}`);
  return directory === "" ? null : { directory, mode };
}

/** Peer addresses of processes that make up one group, by ordinal. */
export function placesIn(setting: Setting, addresses: readonly string[]): readonly Place[] {
  const places = addresses.map((text, ordinal) => {
    const address = parseAddress(text);
    check(address !== null, setting, `has ${JSON.stringify(text)} for ordinal ${ordinal}, which is not host:port`);
    return { ordinal, address: formatAddress(address) };
  });
  check(places.length <= PLACES_MAX, setting, `has ${places.length} places; at most ${PLACES_MAX} make a group`);
  check(new Set(places.map(({ address }) => address)).size === places.length, setting, "has the same address twice");
  return places;
}

type Tuning = Pick<
  MemberConfig,
  "timing" | "raftLimits" | "limits" | "logLimits" | "requestBytesMax" | "diskReserveBytes" | "shutdownMs" | "redirectMs" | "holdMs"
>;

function tuning(read: SettingsReader): Tuning {
  const { heartbeatTicks, electionTicks, segmentBytes: segment, diskReserveBytes } = MEMBER_SETTINGS;
  const timing = { heartbeatTicks: read.count(heartbeatTicks), electionTicks: read.count(electionTicks) };
  const needed = 3 * timing.heartbeatTicks;
  check(timing.electionTicks >= needed, electionTicks, `must be at least three times ${heartbeatTicks.name}: ${needed}`);
  const segmentBytes = read.count(segment);
  const segmentBytesMin = 2 * DEFAULT_LIMITS.entryBytesMax;
  check(
    segmentBytes >= segmentBytesMin && segmentBytes <= SEGMENT_BYTES_MAX && segmentBytes % 4_096 === 0,
    segment,
    `is ${segmentBytes}, and must be a multiple of 4096 from ${segmentBytesMin} to ${SEGMENT_BYTES_MAX}`,
  );
  return {
    timing,
    raftLimits: { ...DEFAULT_LIMITS, trailingEntries: read.count(MEMBER_SETTINGS.trailingEntries) },
    limits: {
      ...DEFAULT_REPLICA_LIMITS,
      pendingWritesMax: read.count(MEMBER_SETTINGS.pendingWritesMax),
      pendingReadsMax: read.count(MEMBER_SETTINGS.pendingReadsMax),
      snapshotEntries: read.count(MEMBER_SETTINGS.snapshotEntries),
      snapshotBytes: read.count(MEMBER_SETTINGS.snapshotBytes),
    },
    logLimits: { ...DEFAULT_LOG_LIMITS, segmentBytes },
    requestBytesMax: read.count(MEMBER_SETTINGS.requestBytesMax),
    diskReserveBytes: read.text(diskReserveBytes) === "" ? null : read.count(diskReserveBytes),
    shutdownMs: read.count(MEMBER_SETTINGS.shutdownMs),
    redirectMs: read.whole(MEMBER_SETTINGS.redirectMs, { min: 0, max: 600_000 }),
    holdMs: read.whole(MEMBER_SETTINGS.holdMs, { min: 0, max: 600_000 }),
  };
}

function httpOrigins(list: readonly string[], places: readonly Place[], httpPort: number): ReadonlyMap<number, string> {
  if (list.length === 0) return new Map(places.map(({ ordinal, address }) => [ordinal, origin(hostOf(address), httpPort)]));
  const { httpPeers, peers } = MEMBER_SETTINGS;
  const given = placesIn(httpPeers, list);
  check(given.length === places.length, httpPeers, `has ${given.length} places, ${peers.name} has ${places.length}`);
  return new Map(given.map(({ ordinal, address }) => [ordinal, `http://${address}`]));
}

type KnownOrigins = Pick<MemberConfig, "httpOrigins" | "httpPortElsewhere">;

/** Where clients reach the member of a place, as an origin. A place that is not configured here was added since; null: it is not known. */
export function httpOriginOf({ httpOrigins, httpPortElsewhere }: KnownOrigins, { ordinal, address }: Place): string | null {
  const configured = httpOrigins.get(ordinal) ?? null;
  return configured === null && httpPortElsewhere !== null ? origin(hostOf(address), httpPortElsewhere) : configured;
}

const origin = (host: string, port: number): string => `http://${formatAddress({ host, port })}`;
const hostOf = (address: string): string => parseAddress(address)?.host ?? "";
const portOf = (address: string): number => parseAddress(address)?.port ?? 0;
