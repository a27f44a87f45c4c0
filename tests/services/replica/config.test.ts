import { asGroup } from "../../../core/base/ids.ts";
import type { Environment } from "../../../runtime/settings/settings.ts";
import { ConfigError } from "../../../runtime/settings/settings.ts";
import { httpOriginOf } from "../../../runtime/settings/member-settings.ts";
import { addressOf, replicaConfig } from "../../../services/replica/config.ts";

const PEERS = "127.0.0.1:7401,127.0.0.1:7411,127.0.0.1:7421";
const GIVEN: Environment = { FLOTILLA_ORDINAL: "1", FLOTILLA_PEERS: PEERS, FLOTILLA_DATA_DIR: "/data", FLOTILLA_HTTP_PORT: "7410" };

test("what must be given is enough", () => {
  const config = replicaConfig(GIVEN);
  expect(config.self).toEqual({ ordinal: 1, address: "127.0.0.1:7411" });
  expect(config.peerPort).toBe(7411);
  expect(config.group).toBe("1");
  expect(config.cluster).toBeNull();
  expect(config.timing).toEqual({ heartbeatTicks: 4, electionTicks: 12 });
  expect(Object.isFrozen(config)).toBe(true);
});

test("clients are sent to the address of the leader's place", () => {
  expect([...replicaConfig(GIVEN).httpOrigins.values()]).toEqual([
    "http://127.0.0.1:7410",
    "http://127.0.0.1:7410",
    "http://127.0.0.1:7410",
  ]);
  const given = replicaConfig({ ...GIVEN, FLOTILLA_HTTP_PEERS: "127.0.0.1:7400, 127.0.0.1:7410, [::1]:7420" });
  expect([...given.httpOrigins.values()]).toEqual(["http://127.0.0.1:7400", "http://127.0.0.1:7410", "http://[::1]:7420"]);
});

test("a member that was added since is at its peer's host, unless clients' addresses were given one by one", () => {
  const added = { ordinal: 3, address: "d.:7401" };
  expect(httpOriginOf(replicaConfig(GIVEN), added)).toBe("http://d.:7410");
  const given = replicaConfig({ ...GIVEN, FLOTILLA_HTTP_PEERS: "a.:7400,b.:7410,c.:7420" });
  expect([2, 3].map((ordinal) => httpOriginOf(given, { ...added, ordinal }))).toEqual(["http://c.:7420", null]);
});

test("controllers are where the group asks how it was founded; without them it founds itself", () => {
  expect(replicaConfig(GIVEN).controllers).toEqual([]);
  expect(replicaConfig({ ...GIVEN, FLOTILLA_CONTROLLERS: "127.0.0.1:7301, [::1]:7302" }).controllers).toEqual([
    "127.0.0.1:7301",
    "[::1]:7302",
  ]);
});

test("controllers and other groups find this replica at its own places", () => {
  const config = replicaConfig({ ...GIVEN, FLOTILLA_HTTP_PEERS: "a.:7400,b.:7400,c.:7400" });
  expect(addressOf(config)).toEqual({ peer: "127.0.0.1:7411", http: "http://b.:7400", redis: null });
});

test.each<{ name: string; change: Environment; says: string }>([
  { name: "nothing", change: { FLOTILLA_ORDINAL: "" }, says: "FLOTILLA_ORDINAL is not set: this member's place in the group, from 0" },
  { name: "no number", change: { FLOTILLA_ORDINAL: "first" }, says: 'FLOTILLA_ORDINAL is "first", not a whole number from 0 to 14' },
  {
    name: "a place that there isn't",
    change: { FLOTILLA_ORDINAL: "3" },
    says: "FLOTILLA_ORDINAL is 3, but FLOTILLA_PEERS has only 3 places",
  },
  { name: "no address", change: { FLOTILLA_PEERS: "here" }, says: 'FLOTILLA_PEERS has "here" for ordinal 0, which is not host:port' },
  { name: "one address twice", change: { FLOTILLA_PEERS: "a.:1,a.:1" }, says: "FLOTILLA_PEERS has the same address twice" },
  {
    name: "too few client addresses",
    change: { FLOTILLA_HTTP_PEERS: "a.:1" },
    says: "FLOTILLA_HTTP_PEERS has 1 places, FLOTILLA_PEERS has 3",
  },
  { name: "no port", change: { FLOTILLA_HTTP_PORT: "0" }, says: 'FLOTILLA_HTTP_PORT is "0", not a whole number from 1 to 65535' },
  { name: "one port for two", change: { FLOTILLA_HTTP_PORT: "7411" }, says: "FLOTILLA_PEER_PORT is 7411, like FLOTILLA_HTTP_PORT" },
  {
    name: "no level",
    change: { FLOTILLA_LOG_LEVEL: "loud" },
    says: 'FLOTILLA_LOG_LEVEL is "loud", not one of debug, info, warn, error, fatal',
  },
  {
    name: "the controllers' own group",
    change: { FLOTILLA_GROUP: "controllers" },
    says: 'FLOTILLA_GROUP is "controllers", which is the group of the shard controllers',
  },
  {
    name: "no address of a controller",
    change: { FLOTILLA_CONTROLLERS: "a.:1,here" },
    says: 'FLOTILLA_CONTROLLERS has "here" for ordinal 1, which is not host:port',
  },
  {
    name: "hasty elections",
    change: { FLOTILLA_ELECTION_TICKS: "8" },
    says: "FLOTILLA_ELECTION_TICKS must be at least three times FLOTILLA_HEARTBEAT_TICKS: 12",
  },
  {
    name: "small segments",
    change: { FLOTILLA_SEGMENT_BYTES: "4096" },
    says: "FLOTILLA_SEGMENT_BYTES is 4096, and must be a multiple of 4096 from 4194304 to 268435456",
  },
  {
    name: "segments that could not be read again",
    change: { FLOTILLA_SEGMENT_BYTES: "268439552" },
    says: "FLOTILLA_SEGMENT_BYTES is 268439552, and must be a multiple of 4096 from 4194304 to 268435456",
  },
  {
    name: "TLS of an unknown mode",
    change: { FLOTILLA_PEER_TLS_DIR: "/tls", FLOTILLA_PEER_TLS_MODE: "off" },
    says: 'FLOTILLA_PEER_TLS_MODE is "off", not one of require, prefer',
  },
  {
    name: "a preference for TLS without a certificate",
    change: { FLOTILLA_PEER_TLS_MODE: "prefer" },
    says: "FLOTILLA_PEER_TLS_MODE is prefer, which needs FLOTILLA_PEER_TLS_DIR",
  },
])("refuses $name in one line that names the setting", ({ change, says }) => {
  expect(() => replicaConfig({ ...GIVEN, ...change })).toThrow(new ConfigError(says));
});

test("members speak TLS where there is a directory for it, and no other way unless that is said", () => {
  expect(replicaConfig(GIVEN).peerTls).toBeNull();
  const given = { ...GIVEN, FLOTILLA_PEER_TLS_DIR: "/tls" };
  expect(replicaConfig(given).peerTls).toEqual({ directory: "/tls", mode: "require" });
  expect(replicaConfig({ ...given, FLOTILLA_PEER_TLS_MODE: "prefer" }).peerTls).toEqual({ directory: "/tls", mode: "prefer" });
});

test("clients from outside have a port and addresses of their own", () => {
  const given = { ...GIVEN, FLOTILLA_REDIS_PORT: "6379", FLOTILLA_REDIS_EXTERNAL_PORT: "6381" };
  expect(replicaConfig(GIVEN).redisExternal).toBeNull();
  const { redisExternal } = replicaConfig({ ...given, FLOTILLA_REDIS_EXTERNAL_ADDRESS: "r-{ordinal}:6379" });
  expect([redisExternal?.port, redisExternal?.address(asGroup("1"), 2)]).toEqual([6_381, { host: "r-2", port: 6_379 }]);
  expect(() => replicaConfig({ ...given, FLOTILLA_REDIS_EXTERNAL_ADDRESS: "r:6379" })).toThrow(
    /FLOTILLA_REDIS_EXTERNAL_ADDRESS is "r:6379", which is the same/,
  );
  expect(() => replicaConfig({ ...given, FLOTILLA_REDIS_EXTERNAL_PORT: "6379" })).toThrow(/like another port/);
});
