// Members over TLS on real sockets of this machine: who is taken, who is not, and what both are told.
import type { Socket } from "node:net";
import { connect as connectPlainly } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { connect } from "node:tls";
import { systemClock } from "../../../../runtime/clock.ts";
import { Metrics } from "../../../../runtime/metrics.ts";
import { PeerAsker } from "../../../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../../../runtime/peers/peer-names.ts";
import type { Certificates } from "../../../../runtime/peers/tls/certificate-files.ts";
import type { PeerTls, PeerTlsOptions } from "../../../../runtime/peers/tls/peer-tls.ts";
import { openPeerTls } from "../../../../runtime/peers/tls/peer-tls.ts";
import type { TlsMode } from "../../../../runtime/peers/tls/tls-mode.ts";
import { tlsMetrics } from "../../../../runtime/peers/tls/tls-metrics.ts";
import { eventually, sleep } from "../../manual-clock.ts";
import type { LogLine } from "../peer-fixture.ts";
import { keptLog, rawServer, TestPeer } from "../peer-fixture.ts";
import { Authority } from "./authority.ts";
import { CertificateFolder, filesBy } from "./certificate-folder.ts";

const ours = new Authority("ours");
const theirs = new Authority("theirs");
const open: (() => unknown)[] = [];
let lines: LogLine[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  lines = [];
});

/** On a busy machine a second may be too short for TLS, and whoever only prefers it goes without. */
type Patience = Pick<PeerTlsOptions, "preferenceMs">;
const PATIENT: Patience = { preferenceMs: 20_000 };
const said = (event: string): readonly string[] => lines.filter((line) => line.event === event).map(({ reason }) => String(reason));
const folderOf = (authority = ours, names = ["127.0.0.1"]): CertificateFolder => {
  const folder = CertificateFolder.by(authority, { names });
  open.push(() => folder.remove());
  return folder;
};

async function tlsOf(folder: CertificateFolder, mode: TlsMode = "require", patience: Patience = {}): Promise<PeerTls> {
  const tls = await openPeerTls({ directory: folder.path, mode, clock: systemClock, logger: keptLog(lines), lookMs: 10, ...patience });
  open.push(() => tls.certificates.close());
  return tls;
}

async function member(ordinal: number, tls: PeerTls | null, host = "127.0.0.1"): Promise<TestPeer> {
  const peer = await TestPeer.listening(ordinal, { tls, host });
  open.push(() => peer.close());
  return peer;
}

function askerOf(tls: PeerTls | null): PeerAsker {
  const asker = new PeerAsker(new PeerNames(() => Promise.resolve(["127.0.0.1"])), null, tls);
  open.push(() => asker.close());
  return asker;
}

const ask = (asker: PeerAsker, { identity }: TestPeer, deadlineMs = 3_000) =>
  asker.ask({ address: identity.place.address, question: "echo", body: 1, deadlineMs });
const ANSWERED = { kind: "done", value: { youSaid: 1 } };

async function talks(a: TestPeer, b: TestPeer): Promise<void> {
  a.connectTo(b);
  await eventually("the stream", () => a.peers.isConnected(b.member));
  a.send(b.member, 7);
  await eventually("the message", () => b.contexts.includes(7));
}

type Heard = {
  readonly socket: TLSSocket;
  readonly text: () => string;
  readonly trouble: () => string | null;
  readonly isOver: () => boolean;
};

/** Somebody with other options than a member has, who asks. */
function somebody({ port }: TestPeer, options: ConnectionOptions): Heard {
  const socket = connect({ host: "127.0.0.1", port, ca: ours.cert, ...options });
  open.push(() => socket.destroy());
  let [heard, isOver, trouble] = ["", false, null as string | null];
  socket.on("data", (data) => (heard += data.toString()));
  socket.on("error", ({ message }) => (trouble = message));
  socket.on("close", () => (isOver = true));
  socket.write("POST /v1/peer/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1");
  return { socket, text: () => heard, trouble: () => trouble, isOver: () => isOver };
}

describe("members with certificates of one authority", () => {
  test("talk in both directions, over TLS alone", async () => {
    const tls = await tlsOf(folderOf());
    const [a, b] = [await member(0, tls), await member(1, await tlsOf(folderOf()))];
    b.connectTo(a);
    await talks(a, b);
    b.send(a.member, 8);
    await eventually("the message back", () => a.contexts.includes(8));
    expect(tls.door.open).toEqual({ tls: 1, unproven: 0, plain: 0 });
    expect(lines).toEqual([]);
  });

  test("ask and answer, and go on with a connection that they have", async () => {
    const tls = await tlsOf(folderOf());
    const asker = askerOf(await tlsOf(folderOf()));
    const peer = await member(0, tls);
    for (let i = 0; i < 3; i++) expect(await ask(asker, peer)).toEqual(ANSWERED);
    expect(tls.door.open.tls).toBe(1);
    expect(await Promise.all(Array.from({ length: 20 }, () => ask(asker, peer)))).toEqual(Array.from({ length: 20 }, () => ANSWERED));
    expect(tls.door.open.tls).toBeLessThanOrEqual(4);
  });

  test("whose certificate is for names are found by these", async () => {
    const peer = await member(0, await tlsOf(folderOf(ours, ["*.group.example"])), "member-0.group.example");
    expect(await ask(askerOf(await tlsOf(folderOf())), peer)).toEqual(ANSWERED);
    await talks(await member(1, await tlsOf(folderOf())), peer);
  });

  test("end at once, also with callers who have said nothing yet", async () => {
    const peer = await TestPeer.listening(0, { tls: await tlsOf(folderOf()) });
    const silent: Socket = connectPlainly(peer.port, "127.0.0.1");
    silent.on("error", () => undefined);
    await new Promise((resolve) => silent.once("connect", resolve));
    await sleep(20);
    const startMs = performance.now();
    await peer.close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe("who is not taken", () => {
  test("a peer with a certificate of another authority: it is sent nothing, and the log says what to do", async () => {
    const peer = await member(0, await tlsOf(folderOf(theirs)));
    const asker = askerOf(await tlsOf(folderOf()));
    for (let i = 0; i < 3; i++) expect(await ask(asker, peer)).toEqual({ kind: "unknown", after: "connectionLost" });
    expect(said("peerWithoutTrust")).toEqual([
      expect.stringMatching(/its certificate does not count \([A-Z_]+\): it must be signed by ca\.crt/),
    ]);
  });

  test("a peer whose certificate is for another name", async () => {
    const peer = await member(0, await tlsOf(folderOf(ours, ["member-1.group.example"])), "member-0.group.example");
    expect(await ask(askerOf(await tlsOf(folderOf())), peer)).toEqual({ kind: "unknown", after: "connectionLost" });
    expect(said("peerWithoutTrust")).toEqual([expect.stringMatching(/its certificate is for other names.*member-1\.group\.example/)]);
    const other = await member(1, await tlsOf(folderOf()));
    other.connectTo(peer);
    await sleep(200);
    expect(other.peers.isConnected(peer.member)).toBe(false);
  });

  test("a connection that was made for one name is none for another", async () => {
    const tls = await tlsOf(folderOf(ours, ["a.example"]));
    const peer = await member(0, tls, "a.example");
    const asker = askerOf(await tlsOf(folderOf()));
    expect(await ask(asker, peer)).toEqual(ANSWERED);
    const address = `b.example:${peer.port}`;
    expect((await asker.ask({ address, question: "echo", body: 1, deadlineMs: 3_000 })).kind).toBe("unknown");
  });

  test.each<{ name: string; options: () => ConnectionOptions; says: RegExp }>([
    { name: "no certificate", options: () => ({}), says: /shows no certificate: give the caller FLOTILLA_PEER_TLS_DIR/ },
    {
      name: "a certificate of another authority",
      options: () => theirs.issue({ names: ["127.0.0.1"] }),
      says: /certificate does not count \([A-Z_]+\): it must be signed by ca\.crt/,
    },
    {
      name: "a certificate that was good an hour ago",
      options: () => ours.issue({ names: ["127.0.0.1"], fromMs: Date.now() - 7_200_000, untilMs: Date.now() - 3_600_000 }),
      says: /certificate does not count \(CERT_HAS_EXPIRED\)/,
    },
  ])("a caller with $name hears why, and the log names it once", async ({ options, says }) => {
    const peer = await member(0, await tlsOf(folderOf()));
    const given = options();
    for (let i = 0; i < 3; i++) {
      const { text } = somebody(peer, given);
      await eventually("an answer", () => text().includes("}"));
      expect(text()).toMatch(/^HTTP\/1\.1 403 /);
      expect(text()).toMatch(says);
    }
    expect(said("peerRefused")).toEqual(["unproven"]);
  });

  test("one who goes on with an earlier session does not get past that", async () => {
    const peer = await member(0, await tlsOf(folderOf()));
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      const sessions: Buffer[] = [];
      const first = somebody(peer, { maxVersion });
      first.socket.on("session", (session) => sessions.push(session));
      await eventually("an answer", () => first.text().includes("}"));
      for (const session of sessions) {
        const again = somebody(peer, { maxVersion, session });
        await eventually("an answer", () => again.text().includes("}"));
        expect(again.text()).toMatch(/^HTTP\/1\.1 403 /);
      }
    }
  });

  test("one who speaks no newer TLS than 1.1", async () => {
    const peer = await member(0, await tlsOf(folderOf()));
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const { isOver, text } = somebody(peer, { ...old, ...ours.issue({ names: ["127.0.0.1"] }) });
    await eventually("the end", isOver);
    expect(text()).toBe("");
    expect(said("peerHandshakeFailed").length).toBe(1);
  });

  test("one without TLS hears why, and the log names it once", async () => {
    const peer = await member(0, await tlsOf(folderOf()));
    const asker = askerOf(null);
    const refusal = { code: "forbidden", message: expect.stringMatching(/speaks without TLS.*FLOTILLA_PEER_TLS_DIR/) as string };
    for (let i = 0; i < 3; i++) expect(await ask(asker, peer)).toMatchObject({ kind: "refused", refusal });
    expect(said("peerRefused")).toEqual(["plain"]);
    const plain = await member(1, null);
    plain.connectTo(peer);
    await eventually("the refusal", () => plain.said("peerRefusesUs").length > 0);
    await sleep(300);
    expect(plain.said("peerRefusesUs")).toEqual([expect.stringMatching(/speaks without TLS.*FLOTILLA_PEER_TLS_DIR/)]);
  });

  test("one who stops in the middle of the handshake, or says nothing, is let go", async () => {
    const peer = await member(0, await tlsOf(folderOf()));
    const callers = [Buffer.from([22]), Buffer.from([22, 3, 1, 0, 200, 1]), Buffer.from([])].map((begins) => {
      const socket = connectPlainly(peer.port, "127.0.0.1");
      open.push(() => socket.destroy());
      let isOver = false;
      socket.on("error", () => undefined).on("close", () => (isOver = true));
      socket.resume().write(begins);
      return () => isOver;
    });
    await eventually("the ends", () => callers.every((isOver) => isOver()), 8_000);
  }, 15_000);
});

describe("a peer that has no TLS", () => {
  test("is sent nothing; both logs say what to do, once", async () => {
    const plain = await member(0, null);
    const asker = askerOf(await tlsOf(folderOf()));
    for (let i = 0; i < 3; i++) expect((await ask(asker, plain)).kind).toBe("unknown");
    expect(said("peerWithoutTrust")).toEqual([expect.stringMatching(/answers without TLS: set FLOTILLA_PEER_TLS_DIR there/)]);
    expect(plain.lines.filter(({ event }) => event === "peerSpeaksTls").length).toBe(1);
  });

  test("one that never answers is given up in time", async () => {
    const mute = await rawServer((socket) => socket.resume());
    open.push(() => mute.close());
    const asker = askerOf(await tlsOf(folderOf()));
    const startMs = performance.now();
    const asked = asker.ask({ address: `127.0.0.1:${mute.port}`, question: "echo", body: 1, deadlineMs: 300 });
    expect(await asked).toEqual({ kind: "unknown", after: "deadline" });
    expect(performance.now() - startMs).toBeLessThan(1_500);
    const peer = await member(1, await tlsOf(folderOf()));
    peer.connectTo({ member: "mute", port: mute.port, ordinal: 0 });
    await eventually("giving up", () => peer.said("peerUnreachable").join().includes("no answer within 2000 ms"), 4_000);
  });
});

describe("on the way there (prefer)", () => {
  test("members with and without TLS talk in all directions", async () => {
    const tls = await tlsOf(folderOf(), "prefer");
    const [plain, both] = [await member(0, null), await member(1, tls)];
    plain.connectTo(both);
    await talks(both, plain);
    plain.send(both.member, 9);
    await eventually("the message back", () => both.contexts.includes(9));
    expect(tls.door.open).toEqual({ tls: 0, unproven: 0, plain: 1 });
    expect(await ask(askerOf(null), both)).toEqual(ANSWERED);
    expect(await ask(askerOf(tls), plain)).toEqual(ANSWERED);
    expect(said("peerWithoutTls")).toEqual([expect.stringMatching(/answers without TLS/)]);
  });

  test("three members come from no TLS to TLS alone and back, one after the other, and all hear each other after each step", async () => {
    const folders = [folderOf(), folderOf(), folderOf()];
    const members = [await member(0, null), await member(1, null), await member(2, null)];
    const meet = (): void => members.forEach((each) => each.connectTo(...members.filter((other) => other !== each)));
    const areConnected = (): boolean =>
      members.every((each) => members.every((other) => other === each || each.peers.isConnected(other.member)));
    meet();
    for (const mode of ["prefer", "require", "prefer", null] as const) {
      let doors: PeerTls["door"][] = [];
      for (const [ordinal, before] of [...members.entries()].reverse()) {
        await before.close();
        const tls = mode === null ? null : await tlsOf(folders[ordinal] as CertificateFolder, mode, PATIENT);
        members[ordinal] = await TestPeer.listening(ordinal, { tls, port: before.port });
        doors = tls === null ? [] : [...doors, tls.door];
        meet();
        await eventually(`all streams, with ${mode ?? "no TLS"} at member ${ordinal}`, areConnected);
      }
      for (const { open: connections } of doors) expect(connections).toEqual({ tls: 2, unproven: 0, plain: 0 });
    }
    for (const each of members) await each.close();
  });

  test("members that have TLS use it, whichever of the two modes they are in", async () => {
    const [prefers, requires] = [await tlsOf(folderOf(), "prefer"), await tlsOf(folderOf())];
    const [a, b] = [await member(0, prefers), await member(1, requires)];
    b.connectTo(a);
    await talks(a, b);
    await eventually("the stream back", () => b.peers.isConnected(a.member));
    expect([prefers.door.open, requires.door.open]).toEqual([
      { tls: 1, unproven: 0, plain: 0 },
      { tls: 1, unproven: 0, plain: 0 },
    ]);
    expect(said("peersWithoutTls").length).toBe(1);
  });

  test("a certificate that does not count is no worse than none, and is counted", async () => {
    const tls = await tlsOf(folderOf(), "prefer");
    const peer = await member(0, tls);
    const { text } = somebody(peer, {});
    await eventually("an answer", () => text().includes("youSaid"));
    expect(tls.door.open.unproven).toBe(1);
    expect(await ask(askerOf(await tlsOf(folderOf(theirs), "prefer")), peer)).toEqual(ANSWERED);
    expect(said("peerWithoutTls")).toEqual([expect.stringMatching(/its certificate does not count/)]);
  });

  test("where TLS is swallowed, it goes on without", async () => {
    const deaf = await rawServer((socket) => {
      socket.once("data", (data) => {
        if (data[0] !== 22) socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1\r\n\r\n2");
      });
      socket.resume();
    });
    open.push(() => deaf.close());
    const asker = askerOf(await tlsOf(folderOf(), "prefer"));
    const asked = asker.ask({ address: `127.0.0.1:${deaf.port}`, question: "echo", body: 1, deadlineMs: 10_000 });
    expect(await asked).toEqual({ kind: "done", value: 2 });
  });
});

describe("while certificates change", () => {
  const shown = async (peer: TestPeer, ca: string): Promise<string | undefined> => {
    const { socket } = somebody(peer, { ca });
    await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
    return socket.getPeerX509Certificate()?.toString();
  };

  test("new connections use the new one, those that are open go on, and another authority can take the place of the first", async () => {
    const [first, second] = [folderOf(), folderOf()];
    const [firstTls, secondTls] = [await tlsOf(first), await tlsOf(second)];
    const [a, b] = [await member(0, firstTls), await member(1, secondTls)];
    await talks(a, b);
    const both = `${ours.cert}${theirs.cert}`;
    const steps = [
      { authority: ours, ca: both },
      { authority: theirs, ca: both },
      { authority: theirs, ca: theirs.cert },
    ];
    for (const { authority, ca } of steps)
      for (const [folder, tls, peer] of [
        [first, firstTls, a],
        [second, secondTls, b],
      ] as const) {
        const files = { ...filesBy(authority), "ca.crt": ca };
        folder.write(files);
        const isTaken = ({ cert, ca: taken }: Certificates): boolean => cert === files["tls.crt"] && taken === ca;
        await eventually("the change", () => isTaken(tls.certificates.current));
        expect(await shown(peer, ca)).toBe(files["tls.crt"]);
        for (const from of [firstTls, secondTls]) for (const to of [a, b]) expect(await ask(askerOf(from), to)).toEqual(ANSWERED);
      }
    a.send(b.member, 10);
    await eventually("a message on the first stream", () => b.contexts.includes(10));
    expect(a.said("peerUnreachable")).toEqual([]);
  });

  test("half of a change is told in metrics, and nobody notices it", async () => {
    const folder = folderOf();
    const tls = await tlsOf(folder);
    const peer = await member(0, tls);
    const metrics = new Metrics({ service: "replica", version: "test" });
    tlsMetrics(metrics, tls);
    const told = async (name: string): Promise<string | undefined> =>
      new RegExp(`^flotilla_peer_${name} (.*)$`, "m").exec(await metrics.text())?.[1];
    expect(await told("certificate_refused")).toBe("0");
    folder.write({ "tls.key": filesBy(ours)["tls.key"] });
    await eventually("the complaint", () => said("certificateRefused").length === 1);
    expect(await told("certificate_refused")).toBe("1");
    expect(Number(await told("certificate_expires_timestamp_seconds"))).toBe(tls.certificates.current.validUntilMs / 1_000);
    expect(await told("certificate_lifetime_seconds")).toBe("90000");
    const asker = askerOf(await tlsOf(folderOf()));
    expect(await ask(asker, peer)).toEqual(ANSWERED);
    expect(await told('connections{transport="tls"}'.replace(/[{}"]/g, "\\$&"))).toBe("1");
    expect(await told('connections{transport="plain"}'.replace(/[{}"]/g, "\\$&"))).toBe("0");
  });
});
