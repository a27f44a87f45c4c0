import { X509Certificate } from "node:crypto";
import { CertificateProblem, readCertificates } from "../../../../runtime/peers/tls/certificate-files.ts";
import { Authority } from "./authority.ts";
import type { Files } from "./certificate-folder.ts";
import { CertificateFolder, filesBy } from "./certificate-folder.ts";

const authority = new Authority("ours");
const stranger = new Authority("a stranger's");
const folders: CertificateFolder[] = [];
const folder = (files: Files): string => {
  const made = new CertificateFolder().write(files);
  folders.push(made);
  return made.path;
};

afterAll(() => {
  for (const each of folders) each.remove();
});

test("a certificate with its key and the authority that signed it", async () => {
  const fromMs = 1_000 * Math.floor(Date.now() / 1_000) - 3_600_000;
  const untilMs = fromMs + 3 * 3_600_000;
  const files = filesBy(authority, { names: ["a.example", "127.0.0.1"], fromMs, untilMs });
  const found = await readCertificates(folder(files));
  expect(found).toMatchObject({ cert: files["tls.crt"], key: files["tls.key"], ca: files["ca.crt"] });
  expect([found.validFromMs, found.validUntilMs]).toEqual([fromMs, untilMs]);
  expect(new X509Certificate(found.cert).subjectAltName).toBe("DNS:a.example, IP Address:127.0.0.1");
});

test("several authorities: any may have signed it, as while one takes the place of another", async () => {
  await readCertificates(folder({ ...filesBy(authority), "ca.crt": `${stranger.cert}${authority.cert}` }));
});

test("it says which hosts it is for", async () => {
  const { isFor } = await readCertificates(folder(filesBy(authority, { names: ["*.group.example", "127.0.0.1"] })));
  expect(["a.group.example", "a.group.example.", "127.0.0.1"].map(isFor)).toEqual([true, true, true]);
  expect(["group.example", "a.b.group.example", "127.0.0.2", "localhost"].map(isFor)).toEqual([false, false, false, false]);
});

const [SERVER, CLIENT] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
test("where usages are said, it is for both sides", async () => {
  await readCertificates(folder(filesBy(authority, { names: ["a.example"], usages: [SERVER, CLIENT] })));
  for (const usages of [[SERVER], [CLIENT]])
    await expect(readCertificates(folder(filesBy(authority, { names: ["a.example"], usages })))).rejects.toThrow(
      /tls\.crt is not for both sides: .*serverAuth and clientAuth/,
    );
});

test("a certificate of an authority that another one vouches for", async () => {
  const between = new Authority("between", authority);
  const { cert, key } = between.issue({ names: ["a.example"] });
  const files = { "tls.key": key, "ca.crt": authority.cert };
  await readCertificates(folder({ ...files, "tls.crt": `${cert}${between.cert}` }));
  await expect(readCertificates(folder({ ...files, "tls.crt": cert }))).rejects.toThrow(/tls\.crt is not signed by what is in .*ca\.crt/);
});

test("an authority whose own is not beside it counts for nobody, as in handshakes", async () => {
  const company = new Authority("a company's", authority);
  await expect(readCertificates(folder(filesBy(company)))).rejects.toThrow(
    /is not signed by .*up to an authority that nobody else has signed/,
  );
  await readCertificates(folder({ ...filesBy(company), "ca.crt": `${company.cert}${authority.cert}` }));
});

test("it is good for no longer than the authority", async () => {
  const files = filesBy(authority, { names: ["a.example"], untilMs: Date.now() + 365 * 86_400_000 });
  const { validUntilMs } = await readCertificates(folder(files));
  expect(validUntilMs).toBe(new X509Certificate(authority.cert).validToDate.getTime());
});

test("lists of what its authorities have taken back, of each its own; without the file, none", async () => {
  const files = filesBy(authority);
  expect((await readCertificates(folder(files))).revoked).toEqual([]);
  const lists = [authority.revoke([files["tls.crt"]]), stranger.revoke([])];
  const { revoked } = await readCertificates(folder({ ...files, "crl.pem": `Of both:\n${lists.join("\n")}` }));
  expect(revoked).toEqual(lists.map((list) => list.trim()));
});

const { "tls.key": otherKey } = filesBy(authority);
test.each<{ name: string; change: Files; lack?: keyof Files; says: RegExp }>([
  { name: "no certificate", change: {}, lack: "tls.crt", says: /\/tls\.crt can't be read: ENOENT/ },
  { name: "no key", change: {}, lack: "tls.key", says: /\/tls\.key can't be read: ENOENT/ },
  { name: "no authority", change: {}, lack: "ca.crt", says: /\/ca\.crt can't be read: ENOENT/ },
  { name: "lists of nothing", change: { "crl.pem": "" }, says: /\/crl\.pem has no list of revoked certificates in PEM/ },
  {
    name: "a list that is none",
    change: { "crl.pem": "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" },
    says: /\/crl\.pem can't be used: /,
  },
  { name: "a file that is empty", change: { "tls.crt": "" }, says: /\/tls\.crt has no certificate in PEM/ },
  {
    name: "a certificate that is none",
    change: { "ca.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
    says: /\/ca\.crt can't be used: /,
  },
  { name: "a key that is none", change: { "tls.key": "secret" }, says: /\/tls\.key can't be used: / },
  { name: "the key of another one", change: { "tls.key": otherKey }, says: /\/tls\.key is not the key of .*\/tls\.crt/ },
  { name: "another authority", change: { "ca.crt": stranger.cert }, says: /\/tls\.crt is not signed by what is in .*\/ca\.crt/ },
])("$name is named", async ({ change, lack, says }) => {
  const files = Object.entries({ ...filesBy(authority), ...change }).filter(([file]) => file !== lack);
  const reading = readCertificates(folder(Object.fromEntries(files)));
  await expect(reading).rejects.toThrow(CertificateProblem);
  await expect(reading).rejects.toThrow(says);
});
