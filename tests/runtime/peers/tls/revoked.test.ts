// Certificates that their authority has taken back: who is on a list in crl.pem is taken by nobody, whichever side it is on.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../../runtime/clock.ts";
import { PeerAsker } from "../../../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../../../runtime/peers/peer-names.ts";
import { openPeerTls } from "../../../../runtime/peers/tls/peer-tls.ts";
import { eventually } from "../../manual-clock.ts";
import type { LogLine } from "../peer-fixture.ts";
import { keptLog, TestPeer } from "../peer-fixture.ts";
import { Authority } from "./authority.ts";
import { CertificateFolder } from "./certificate-folder.ts";

const ours = new Authority("ours");
const open: (() => unknown)[] = [];
let lines: LogLine[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  lines = [];
});

/** Whoever has these files, as one that is asked and as one that asks. */
async function memberWith(folder: CertificateFolder): Promise<{ readonly peer: TestPeer; readonly asker: PeerAsker }> {
  const tls = await openPeerTls({ directory: folder.path, mode: "require", clock: systemClock, logger: keptLog(lines), lookMs: 10 });
  const peer = await TestPeer.listening(0, { tls, host: "127.0.0.1" });
  const asker = new PeerAsker(new PeerNames(() => Promise.resolve(["127.0.0.1"])), null, tls);
  open.push(
    () => tls.certificates.close(),
    () => peer.close(),
    () => asker.close(),
  );
  return { peer, asker };
}

const folder = (): CertificateFolder => {
  const made = CertificateFolder.by(ours);
  open.push(() => made.remove());
  return made;
};
const listOf = (...lost: readonly CertificateFolder[]): string =>
  ours.revoke(lost.map(({ path }) => readFileSync(join(path, "tls.crt"), "utf8")));
const ask = ({ asker }: { readonly asker: PeerAsker }, { peer }: { readonly peer: TestPeer }) =>
  asker.ask({ address: peer.identity.place.address, question: "echo", body: 1, deadlineMs: 3_000 });
const refused = (code: string) => ({
  kind: "refused",
  refusal: { code: "forbidden", message: expect.stringContaining(`(${code})`) as string },
});
const ANSWERED = { kind: "done", value: { youSaid: 1 } };

test("a caller on a list is refused as soon as the list lies there, and others are not", async () => {
  const [own, theirs, lost] = [folder(), folder(), folder()];
  const member = await memberWith(own);
  expect(await ask(await memberWith(lost), member)).toEqual(ANSWERED);
  own.write({ "crl.pem": listOf(lost) });
  await eventually("the list", () => lines.some(({ event }) => event === "certificateTaken"));
  expect(await ask(await memberWith(lost), member)).toMatchObject(refused("CERT_REVOKED"));
  expect(await ask(await memberWith(theirs), member)).toEqual(ANSWERED);
});

test("a peer on a list is sent nothing, and the log says why", async () => {
  const lost = folder();
  const asking = await memberWith(folder().write({ "crl.pem": listOf(lost) }));
  expect((await ask(asking, await memberWith(lost))).kind).toBe("unknown");
  const said = lines.filter(({ event }) => event === "peerWithoutTrust").map(({ reason }) => reason);
  expect(said).toEqual([expect.stringMatching(/does not count \(CERT_REVOKED\).*on no list in crl\.pem/)]);
});

test.each([
  { name: "a list that has ended", list: () => ours.revoke([], Date.now() - 60_000), code: "CRL_HAS_EXPIRED" },
  { name: "no list of its authority", list: () => new Authority("another").revoke([]), code: "UNABLE_TO_GET_CRL" },
])("nobody is taken with $name: what is on the right one is not known", async ({ list, code }) => {
  const member = await memberWith(folder().write({ "crl.pem": list() }));
  expect(await ask(await memberWith(folder()), member)).toMatchObject(refused(code));
});
