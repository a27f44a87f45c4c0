import { asBoot, asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { isProven, proofOf } from "../../../runtime/peers/cluster-secret.ts";
import type { PeerIdentity } from "../../../runtime/peers/handshake.ts";
import { PeerAsker } from "../../../runtime/peers/peer-asker.ts";
import { PeerCounters } from "../../../runtime/peers/peer-counters.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import { Peers } from "../../../runtime/peers/peers.ts";
import { PeerServer } from "../../../runtime/peers/peer-server.ts";
import { eventually, sleep } from "../manual-clock.ts";

test("a secret is proven by itself alone, and where there is none everybody is believed", () => {
  expect(isProven("s", proofOf("s"))).toBe(true);
  for (const headers of [{}, proofOf("t"), { authorization: "s" }, { authorization: "" }]) expect(isProven("s", headers)).toBe(false);
  expect(isProven(null, {})).toBe(true);
  expect(proofOf(null)).toEqual({});
});

const identity = (ordinal: number, port: number): PeerIdentity => ({
  cluster: asCluster("c"),
  group: asGroup("1"),
  member: asMember(`m${ordinal}`),
  place: { ordinal, address: `127.0.0.1:${port}` },
  boot: asBoot(1),
});

describe("a process with a secret", () => {
  let server: PeerServer;
  let port: number;
  const introduced: string[] = [];

  beforeEach(async () => {
    introduced.length = 0;
    server = new PeerServer({
      self: () => identity(0, 1),
      onMessage: () => true,
      onIntroduced: ({ member }) => introduced.push(member),
      questions: { hello: () => ({ kind: "done", value: "hello" }) },
      clusterSecret: "s",
      counters: new PeerCounters(),
      clock: systemClock,
      logger: SILENT,
    });
    ({ port } = await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterEach(() => server.close());

  test.each([
    { secret: "s", outcome: { kind: "done", value: "hello" } },
    {
      secret: "t",
      outcome: { kind: "refused", refusal: { code: "forbidden", message: "the cluster's secret is missing, or another one" } },
    },
    {
      secret: null,
      outcome: { kind: "refused", refusal: { code: "forbidden", message: "the cluster's secret is missing, or another one" } },
    },
  ])("answers a question with the secret $secret: $outcome.kind", async ({ secret, outcome }) => {
    const asker = new PeerAsker(new PeerNames(), secret);
    expect(await asker.ask({ address: `127.0.0.1:${port}`, question: "hello", body: {}, deadlineMs: 2_000 })).toEqual(outcome);
    asker.close();
  });

  test("takes streams of those who know it, and of nobody else", async () => {
    const peersOf = (ordinal: number, clusterSecret: string | null): Peers =>
      new Peers({
        ...{ self: identity(ordinal, 2), names: new PeerNames(), counters: new PeerCounters() },
        ...{ clock: systemClock, logger: SILENT, fraction: () => 0, clusterSecret },
      });
    const [knows, doesNot] = [peersOf(1, "s"), peersOf(2, "t")];
    for (const peers of [knows, doesNot]) peers.setMembers({ m0: { ordinal: 0, address: `127.0.0.1:${port}` } });
    await eventually("the stream of the one who knows it", () => introduced.includes("m1"));
    await sleep(100);
    expect([introduced, doesNot.isConnected(asMember("m0"))]).toEqual([["m1"], false]);
    knows.close();
    doesNot.close();
  });
});
