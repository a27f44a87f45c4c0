// One member over a real directory and a real peer port, among places that the test plays.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { done } from "../../../core/base/outcome.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import type { Place } from "../../../core/raft/membership.ts";
import { OnePartition } from "../../../core/replica/applied/one-partition.ts";
import { parseBirthMessage } from "../../../core/replica/birth-messages.ts";
import type { BirthMessage } from "../../../core/replica/birth-messages.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { DataDirectory } from "../../../runtime/disk/data-directory.ts";
import { openDataDirectory } from "../../../runtime/disk/data-directory.ts";
import { nodeFiles } from "../../../runtime/disk/node-files.ts";
import { hostMetrics } from "../../../runtime/host-metrics.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { PeerAsker } from "../../../runtime/peers/peer-asker.ts";
import { PeerCounters } from "../../../runtime/peers/peer-counters.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import { PeerServer } from "../../../runtime/peers/peer-server.ts";
import { Member } from "../../../runtime/replica/member.ts";
import { memberConfig } from "../../../runtime/settings/member-settings.ts";
import { settingsReader } from "../../../runtime/settings/settings.ts";
import { eventually, sleep } from "../manual-clock.ts";
import { freePort } from "../peers/peer-fixture.ts";

const open: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function memberAt(ordinal: number, places: readonly Place[]): Promise<Member<KvStateMachine>> {
  const path = mkdtempSync(join(tmpdir(), "flotilla-member-"));
  const directory = await new Promise<DataDirectory>((resolve, reject) => {
    openDataDirectory({ files: nodeFiles(), path, mark: 7 }, (problem, opened) =>
      problem === null ? resolve(opened) : reject(new Error(problem.message)),
    );
  });
  const environment = {
    FLOTILLA_ORDINAL: String(ordinal),
    FLOTILLA_PEERS: places.map(({ address }) => address).join(","),
    FLOTILLA_DATA_DIR: path,
    FLOTILLA_SEGMENT_BYTES: "4194304",
  };
  const config = memberConfig(settingsReader(environment), { group: asGroup("1"), cluster: "" });
  const asker = new PeerAsker(new PeerNames());
  const fail = (reason: unknown): never => {
    throw new Error(String(reason));
  };
  const member = new Member<KvStateMachine>({
    config,
    createState: () => {
      const machine = new KvStateMachine();
      return { machine, partitions: new OnePartition(machine, config.limits), companion: null };
    },
    groups: null,
    registration: null,
    directory,
    clock: systemClock,
    logger: SILENT,
    names: new PeerNames(),
    asker,
    tls: null,
    counters: new PeerCounters(),
    hostObserver: hostMetrics(new Metrics({ service: "replica", version: "test" })),
    observeLog: () => undefined,
    observe: () => undefined,
    onStop: fail,
    onDiskProblem: ({ message }) => fail(message),
    onRefused: fail,
    onBug: fail,
  });
  open.push(async () => {
    await member.end();
    asker.close();
    await new Promise((resolve) => directory.close(resolve));
    rmSync(path, { recursive: true });
  });
  return member;
}

/** A born member of place 0, as newcomers see it: it answers who it is, and takes letters. */
async function neighbour(places: readonly Place[]): Promise<readonly BirthMessage["body"][]> {
  const [place] = places;
  if (place === undefined) throw new Error("no place");
  const founding = { cluster: asCluster("c"), group: asGroup("1"), members: [{ member: asMember("m0"), place }] };
  const identity = { kind: "born", member: asMember("m0"), group: asGroup("1"), ordinal: place.ordinal, founding } as const;
  const letters: BirthMessage["body"][] = [];
  const server = new PeerServer({
    self: () => null,
    onMessage: () => false,
    onIntroduced: () => undefined,
    questions: {
      birth: (question) => {
        const body = parseBirthMessage(question)?.body;
        if (body !== undefined) letters.push(body);
        if (body?.kind !== "ask") return done([]);
        return done([{ group: "1", from: place, body: { kind: "answer", ask: body.ask, identity, places: places.length } }]);
      },
    },
    counters: new PeerCounters(),
    clock: systemClock,
    logger: SILENT,
  });
  const [host = "", port = ""] = place.address.split(":");
  await server.listen({ host, port: Number(port) });
  open.push(() => server.close());
  return letters;
}

test("a newcomer that is told to end asks to join no more: it would be counted on, and has gone", async () => {
  const places = await Promise.all([0, 1].map(async (ordinal) => ({ ordinal, address: `127.0.0.1:${await freePort()}` })));
  const letters = await neighbour(places);
  const joins = (): number => letters.filter(({ kind }) => kind === "join").length;
  const member = await memberAt(1, places);
  member.start();
  await eventually("it asks to join", () => joins() > 1);
  member.leave();
  await sleep(100); // what is under way arrives
  const before = joins();
  await sleep(600);
  expect(joins()).toBe(before);
  expect(member.standing).toMatchObject({ serves: false, leaves: true });
});
