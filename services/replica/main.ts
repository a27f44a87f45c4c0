// One replica of a group as a process: reads its configuration, opens its directory, listens, and lets the member be born.
// Only wiring; what any part does is in its own file.
import { randomInt } from "node:crypto";
import { LIFE_MARKS } from "../../core/replica/life-number.ts";
import { done } from "../../core/base/outcome.ts";
import { systemClock } from "../../runtime/clock.ts";
import { BIRTH_QUESTION } from "../../runtime/birth-host.ts";
import { endWithBug, trapBugs } from "../../runtime/bug-trap.ts";
import type { DataDirectory } from "../../runtime/disk/data-directory.ts";
import { openDataDirectory } from "../../runtime/disk/data-directory.ts";
import type { FilePort } from "../../runtime/disk/file-port.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import { EXIT_CODES } from "../../runtime/exit-codes.ts";
import { hostMetrics } from "../../runtime/host-metrics.ts";
import { addHealthRoutes } from "../../runtime/http/health.ts";
import { closeHttp, createHttpServer, listenHttp } from "../../runtime/http/http-server.ts";
import { openLog } from "../../runtime/logger.ts";
import { Metrics } from "../../runtime/metrics.ts";
import { STANDING_QUESTION } from "../../runtime/peers/member-standing.ts";
import { PeerAsker } from "../../runtime/peers/peer-asker.ts";
import { PeerCounters } from "../../runtime/peers/peer-counters.ts";
import { peerMetrics } from "../../runtime/peers/peer-metrics.ts";
import { PeerNames } from "../../runtime/peers/peer-names.ts";
import { PeerServer } from "../../runtime/peers/peer-server.ts";
import { logObserver } from "../../runtime/replica/log-metrics.ts";
import { observationLog } from "../../runtime/replica/observation-log.ts";
import { operationCounter } from "../../runtime/replica/operation-metrics.ts";
import { replicaCounters } from "../../runtime/replica/replica-counters.ts";
import { replicaGauges } from "../../runtime/replica/replica-gauges.ts";
import { onStopSignals, shutDown } from "../../runtime/shutdown.ts";
import { ReplicaApi } from "./api.ts";
import type { Environment, ReplicaConfig } from "./config.ts";
import { ConfigError, environment, replicaConfig, SERVICE } from "./config.ts";
import { Member } from "./effects.ts";
import { Ending } from "../../runtime/ending.ts";

export type ReplicaProcess = { readonly environment: Environment; readonly files: FilePort };

/** Returns once the process listens; it goes on until it is told to stop or can't keep its promises. */
export async function runReplica({ environment, files }: ReplicaProcess): Promise<void> {
  const config = configOrEnd(environment);
  const { group, self } = config;
  const log = openLog({ level: config.logLevel, fields: { service: SERVICE.name, group, ordinal: self.ordinal } });
  const { logger } = log;
  trapBugs(log);
  const metrics = new Metrics({ service: SERVICE.name, version: SERVICE.version });
  const ending = new Ending(log, metrics);
  const directory = await openDirectory(config, files, ending);
  if (directory.takenOver !== null) logger.warn({ event: "lockTakenOver" }, directory.takenOver);
  const names = new PeerNames();
  const asker = new PeerAsker(names);
  const counters = new PeerCounters();
  const count = replicaCounters(metrics);
  const tell = observationLog(logger);
  const member: Member = new Member({
    config,
    directory,
    clock: systemClock,
    logger,
    names,
    asker,
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
    onBug: (error) => endWithBug(log, error),
  });
  replicaGauges(metrics, group, () => member.life?.host.status() ?? null);
  peerMetrics(metrics, counters, () => member.life?.peers.waitingBytes ?? 0);
  const peerServer = new PeerServer({
    self: () => member.peerIdentity,
    onMessage: (message) => member.receive(message),
    onIntroduced: (peer) => member.introduce(peer),
    questions: { [BIRTH_QUESTION]: (question) => member.answerBirth(question), [STANDING_QUESTION]: () => done(member.standing) },
    counters,
    clock: systemClock,
    logger,
  });
  const { requestBytesMax, host, httpPort, peerPort, shutdownMs } = config;
  const app = createHttpServer({ service: SERVICE.name, requestBytesMax, metrics, logger });
  const api = new ReplicaApi({ config, member, clock: systemClock, count: operationCounter(metrics, group) });
  api.addRoutes(app);
  addHealthRoutes(app, api.health, metrics);
  await ending.unlessTaken("FLOTILLA_PEER_PORT", peerServer.listen({ host, port: peerPort }));
  await ending.unlessTaken("FLOTILLA_HTTP_PORT", listenHttp(app, { host, port: httpPort }));
  logger.info({ event: "listening", host, httpPort, peerPort }, `listening: clients on ${host}:${httpPort}, peers on ${host}:${peerPort}`);
  member.start();
  const steps = [
    { name: "requests", deadlineMs: shutdownMs, run: (signal: AbortSignal) => member.drain(signal) },
    { name: "clients", deadlineMs: 1_000, run: (signal: AbortSignal) => (api.finishStreams(), closeHttp(app, signal)) },
    { name: "member", deadlineMs: 2_000, run: () => member.end() },
    { name: "peers", deadlineMs: 1_000, run: () => (asker.close(), Promise.all([api.close(), peerServer.close()]).then(() => undefined)) },
    { name: "directory", deadlineMs: 1_000, run: () => ending.settingAside ?? closeDirectory(directory) },
  ];
  onStopSignals({
    logger,
    onStop: () => void shutDown({ logger, steps }).then(() => ending.stoppedInOrder()),
    onInsist: () => ending.end(EXIT_CODES.stopped),
  });
}

function configOrEnd(environment: Environment): ReplicaConfig {
  try {
    return replicaConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CODES.needsPerson);
  }
}

function openDirectory({ dataDir }: ReplicaConfig, files: FilePort, ending: Ending): Promise<DataDirectory> {
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

if (import.meta.main) await runReplica({ environment, files: nodeFiles() });
