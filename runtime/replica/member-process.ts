// A process that is one member of a group: opens its directory, listens to peers and clients, lets the member be born, and ends
// in good order. What its group is for, and what its clients can ask, comes from the service.
import { randomInt } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { done } from "../../core/base/outcome.ts";
import { LIFE_MARKS } from "../../core/replica/life-number.ts";
import type { MemberAddress } from "../../core/shards/configuration.ts";
import { GROUP_QUESTION } from "../../core/shards/group-questions.ts";
import { BIRTH_QUESTION } from "../birth-host.ts";
import { endWithBug, trapBugs } from "../bug-trap.ts";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import type { DataDirectory } from "../disk/data-directory.ts";
import { openDataDirectory } from "../disk/data-directory.ts";
import type { FilePort } from "../disk/file-port.ts";
import { Ending } from "../ending.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { hostMetrics } from "../host-metrics.ts";
import { addHealthRoutes, createHealthServer } from "../http/health.ts";
import { closeHttp, createHttpServer, listenHttp } from "../http/http-server.ts";
import type { Logger } from "../logger.ts";
import { openLog } from "../logger.ts";
import { Metrics } from "../metrics.ts";
import { STANDING_QUESTION } from "../peers/member-standing.ts";
import { parseAddress } from "../peers/peer-address.ts";
import { PeerAsker } from "../peers/peer-asker.ts";
import { PeerCounters } from "../peers/peer-counters.ts";
import { peerMetrics } from "../peers/peer-metrics.ts";
import { PeerNames } from "../peers/peer-names.ts";
import type { PeerQuestion } from "../peers/peer-questions.ts";
import { PeerServer } from "../peers/peer-server.ts";
import { CertificateProblem } from "../peers/tls/certificate-files.ts";
import type { PeerTls } from "../peers/tls/peer-tls.ts";
import { openPeerTls } from "../peers/tls/peer-tls.ts";
import { tlsMetrics } from "../peers/tls/tls-metrics.ts";
import type { MemberConfig } from "../settings/member-settings.ts";
import { ConfigError } from "../settings/settings.ts";
import { onStopSignals, shutDown } from "../shutdown.ts";
import { Controllers } from "./controllers.ts";
import type { LocalGroup } from "./group-desk.ts";
import { GroupDesk } from "./group-desk.ts";
import { logObserver } from "./log-metrics.ts";
import type { GroupState, Life } from "./member.ts";
import { Member } from "./member.ts";
import { MemberDoor } from "./member-door.ts";
import { MemberStatus } from "./member-status.ts";
import { observationLog } from "./observation-log.ts";
import { holdForQuorum } from "./quorum-hold.ts";
import { Registration } from "./registration.ts";
import { replicaCounters } from "./replica-counters.ts";
import { replicaGauges } from "./replica-gauges.ts";
import { rolloutMetrics } from "./rollout-metrics.ts";

export type MemberProcess<M> = {
  readonly service: { readonly name: string; readonly version: string };
  readonly config: MemberConfig;
  readonly files: FilePort;
  readonly createState: () => GroupState<M>;
  /** The shard controllers that this group has, if it is not theirs, and where they and other groups find this member. */
  readonly controllers: { readonly addresses: readonly string[]; readonly self: MemberAddress } | null;
  /** How other groups see this one. Null: it has nothing to do with any. */
  readonly asGroup: ((life: Life<M>) => LocalGroup) | null;
  /** Before anybody is listened to. */
  readonly equip: (parts: MemberParts<M>) => ServiceEquipment;
};

/** What a service works with. */
export type MemberParts<M> = {
  readonly member: Member<M>;
  readonly door: MemberDoor;
  readonly status: MemberStatus;
  readonly asker: PeerAsker;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** What a service adds. */
export type ServiceEquipment = {
  readonly addRoutes: (app: FastifyInstance) => void;
  /** On the peer port, beside those about births. */
  readonly questions: Readonly<Record<string, PeerQuestion>>;
  /** Ports of its own, and the settings that name them. */
  readonly doors: readonly { readonly setting: string; readonly listen: () => Promise<void> }[];
  readonly start: () => void;
  /** Takes no more requests; what is under way may finish. */
  readonly finish: () => void;
  readonly close: () => Promise<void>;
};

/** Returns once the process listens; it goes on until it is told to stop or can't keep its promises. */
export async function runMemberProcess<M>(options: MemberProcess<M>): Promise<void> {
  const { service, config, files } = options;
  const { group, self, host, httpPort, peerPort, healthPort, access, requestBytesMax } = config;
  const log = openLog({ level: config.logLevel, fields: { service: service.name, group, ordinal: self.ordinal } });
  const { logger } = log;
  trapBugs(log);
  const metrics = new Metrics({ service: service.name, version: service.version });
  const ending = new Ending(log, metrics);
  const tls = await openTls(config, logger, ending);
  const directory = await openDirectory(config, files, ending);
  if (directory.takenOver !== null) logger.warn({ event: "lockTakenOver" }, directory.takenOver);
  const parts = assemble(options, { directory, tls, metrics, logger, ending, onBug: (error) => endWithBug(log, error) });
  const { member, door, status, asker, counters, groups } = parts;
  const equipment = options.equip(parts);
  const peerServer = new PeerServer({
    self: () => member.peerIdentity,
    onMessage: (message) => member.receive(message),
    onIntroduced: (peer) => member.introduce(peer),
    questions: {
      [BIRTH_QUESTION]: (question) => member.answerBirth(question),
      [STANDING_QUESTION]: () => done(member.standing),
      ...(groups === null ? {} : { [GROUP_QUESTION]: (question) => groups.answer(question) }),
      ...equipment.questions,
    },
    clusterSecret: config.clusterSecret,
    tls,
    counters,
    clock: systemClock,
    logger,
  });
  const app = createHttpServer({ service: service.name, version: service.version, requestBytesMax, access, metrics, logger });
  const healthApp = healthPort === null ? null : createHealthServer(status.health, metrics);
  door.addRoutes(app);
  equipment.addRoutes(app);
  addHealthRoutes(app, status.health, metrics);
  await ending.unlessTaken("FLOTILLA_PEER_PORT", peerServer.listen({ host, port: peerPort }));
  await ending.unlessTaken("FLOTILLA_HTTP_PORT", listenHttp(app, { host, port: httpPort }));
  if (healthApp !== null && healthPort !== null)
    await ending.unlessTaken("FLOTILLA_HEALTH_PORT", listenHttp(healthApp, { host, port: healthPort }));
  for (const { setting, listen } of equipment.doors) await ending.unlessTaken(setting, listen());
  logger.info({ event: "listening", host, httpPort, peerPort }, `listening: clients on ${host}:${httpPort}, peers on ${host}:${peerPort}`);
  if (access.mode === "none" && !isLoopback(host))
    logger.warn({ event: "openToAll" }, "whoever reaches this port may administer the cluster: no token is set (FLOTILLA_ADMIN_TOKEN)");
  member.start();
  equipment.start();
  const steps = [
    { name: "quorum", deadlineMs: config.holdMs, run: (signal: AbortSignal) => holdUnlessAlone(options, parts, signal) },
    { name: "requests", deadlineMs: config.shutdownMs, run: (signal: AbortSignal) => member.drain(signal) },
    { name: "redirects", deadlineMs: config.redirectMs + 1_000, run: () => (member.hasPeers ? delay(config.redirectMs) : undefined) },
    { name: "clients", deadlineMs: 1_000, run: (signal: AbortSignal) => (equipment.finish(), closeHttp(app, signal)) },
    { name: "member", deadlineMs: 2_000, run: () => member.end() },
    {
      name: "peers",
      deadlineMs: 1_000,
      run: () => (
        asker.close(),
        tls?.certificates.close(),
        Promise.all([door.close(), equipment.close(), peerServer.close()]).then(() => undefined)
      ),
    },
    { name: "directory", deadlineMs: 1_000, run: () => ending.settingAside ?? closeDirectory(directory) },
    { name: "health", deadlineMs: 1_000, run: async () => void (await healthApp?.close()) },
  ];
  onStopSignals({
    logger,
    onStop: () => void shutDown({ logger, steps }).then(() => ending.stoppedInOrder()),
    onInsist: () => ending.end(EXIT_CODES.stopped),
  });
}

/** With a hold of 0, as where all processes are ended at once, it waits for nobody. */
async function holdUnlessAlone<M>({ config }: MemberProcess<M>, parts: Assembled<M>, signal: AbortSignal): Promise<void> {
  const { member, asker, logger, tellHeld } = parts;
  member.leave();
  if (config.holdMs === 0) return;
  const { group, self } = config;
  const onHold = (message: string): void => {
    tellHeld(true);
    logger.info({ event: "held" }, message);
  };
  await holdForQuorum({ asker, group, ordinal: self.ordinal, otherVoters: () => member.otherVoters, onHold }, signal);
  tellHeld(false);
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

type Assembled<M> = MemberParts<M> & {
  readonly counters: PeerCounters;
  readonly groups: GroupDesk | null;
  /** That this member's end holds, or holds no more. */
  readonly tellHeld: (isHeld: boolean) => void;
};

type Surroundings = {
  readonly directory: DataDirectory;
  readonly tls: PeerTls | null;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly ending: Ending;
  readonly onBug: (error: unknown) => void;
};

function assemble<M>(
  { service, config, createState, controllers, asGroup }: MemberProcess<M>,
  { directory, tls, metrics, logger, ending, onBug }: Surroundings,
): Assembled<M> {
  const { group, self, cluster } = config;
  const names = new PeerNames();
  const asker = new PeerAsker(names, config.clusterSecret, tls);
  const counters = new PeerCounters();
  const count = replicaCounters(metrics);
  const tell = observationLog(logger);
  const reached = new Controllers({ addresses: controllers?.addresses ?? [], asker });
  const registration =
    controllers === null
      ? null
      : new Registration({
          controllers: reached,
          self: { group, ordinal: self.ordinal, cluster },
          address: controllers.self,
          logger,
        });
  const groups =
    asGroup === null
      ? null
      : new GroupDesk({
          group,
          asker,
          clock: systemClock,
          controllers: reached,
          cluster: () => member.life?.cluster ?? null,
          local: () => (member.life === null ? null : asGroup(member.life)),
        });
  const member: Member<M> = new Member({
    config,
    createState,
    groups,
    registration,
    directory,
    clock: systemClock,
    logger,
    names,
    asker,
    tls,
    counters,
    hostObserver: hostMetrics(metrics),
    observeLog: logObserver({ metrics, clock: systemClock, logger }),
    observe: (observation) => {
      count(observation);
      tell(observation);
    },
    onStop: (reason, message) => void ending.stopped({ reason, message }, { member, directory }),
    onDiskProblem: (problem) => ending.diskProblem(problem),
    onRefused: (message) => ending.refused(message),
    onBug,
  });
  replicaGauges(metrics, group, () => member.life?.host.status() ?? null);
  peerMetrics(metrics, counters, () => member.life?.peers.waitingBytes ?? 0);
  if (tls !== null) tlsMetrics(metrics, tls);
  const configNumber = (): number | null => (asGroup === null || member.life === null ? null : asGroup(member.life).configNumber);
  const door = new MemberDoor({ config, member, clock: systemClock, configNumber });
  const configurations = asGroup === null ? {} : { configNumber };
  const status = new MemberStatus({ service: service.name, config, member, door, registration, ...configurations });
  const tellHeld = rolloutMetrics(metrics, () => status.readiness());
  return { member, door, status, asker, metrics, clock: systemClock, logger, counters, groups, tellHeld };
}

/** What `read` gives; a bad setting is one line on standard error, and the end. */
export function configOrEnd<Config>(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CODES.needsPerson);
  }
}

/** Without its files a member can prove itself to nobody. */
async function openTls({ peerTls, self }: MemberConfig, logger: Logger, ending: Ending): Promise<PeerTls | null> {
  if (peerTls === null) return null;
  try {
    return await openPeerTls({ ...peerTls, host: parseAddress(self.address)?.host ?? "", logger, clock: systemClock });
  } catch (error) {
    if (!(error instanceof CertificateProblem)) throw error;
    ending.refused(`FLOTILLA_PEER_TLS_DIR: ${error.message}`);
    return new Promise(() => undefined);
  }
}

function openDirectory({ dataDir }: MemberConfig, files: FilePort, ending: Ending): Promise<DataDirectory> {
  return new Promise((resolve) => {
    const mark = randomInt(LIFE_MARKS);
    openDataDirectory({ files, path: dataDir, mark, onLost: (problem) => ending.diskProblem(problem) }, (problem, directory) => {
      if (problem === null) resolve(directory);
      else ending.diskProblem(problem);
    });
  });
}

function closeDirectory(directory: DataDirectory): Promise<void> {
  return new Promise((resolve) => {
    directory.close(() => resolve());
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
