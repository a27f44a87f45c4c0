// The files by which a member proves itself, called as in a Secret of Kubernetes' type kubernetes.io/tls, which cert-manager writes. They
// are looked at as a whole before they are used: with a key that is not the certificate's, or a certificate that the authority beside it
// did not sign, no other member with the same files would take this one for what it is.
import { constants, createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import type { SecureContext, SecureContextOptions } from "node:tls";
import { nodeTls } from "./node-tls.ts";

/** In PEM, as they were read. */
export type CertificateFiles = {
  /** This member's own, and those between it and the authority. */
  readonly cert: string;
  readonly key: string;
  /** Whose certificates count: of several, any. */
  readonly ca: string;
  /** What its authorities have taken back, a list of each; none: nobody asks. */
  readonly revoked: readonly string[];
};

export type Certificates = CertificateFiles & {
  readonly context: SecureContext;
  /** Of this member's own certificate or of one above it: when the first of them ends, nobody takes it any more. */
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** Whether others take it for that of a member at this host. */
  readonly isFor: (host: string) => boolean;
};

/** In words for whoever put the files there. */
export class CertificateProblem extends Error {
  override readonly name = "CertificateProblem";
}

/** Rejects with a `CertificateProblem`, and with nothing else. */
export async function readCertificates(directory: string): Promise<Certificates> {
  const [certPath, keyPath, caPath] = [join(directory, "tls.crt"), join(directory, "tls.key"), join(directory, "ca.crt")];
  const [cert, key, ca, revoked] = await Promise.all([
    textOf(certPath),
    textOf(keyPath),
    textOf(caPath),
    listsIn(join(directory, "crl.pem")),
  ]);
  const [own, ...between] = certificatesIn(cert, certPath);
  const authorities = certificatesIn(ca, caPath);
  const privateKey = attempt(keyPath, () => createPrivateKey(key));
  if (own === undefined || !own.checkPrivateKey(privateKey)) throw new CertificateProblem(`${keyPath} is not the key of ${certPath}`);
  const chain = attempt(directory, () => chainOf(own, between, authorities));
  if (chain === null)
    throw new CertificateProblem(
      `${certPath} is not signed by what is in ${caPath}, which must reach up to an authority that nobody else has signed`,
    );
  if (!isForBothSides(own))
    throw new CertificateProblem(`${certPath} is not for both sides: its extended key usage must have serverAuth and clientAuth`);
  const files = { cert, key, ca, revoked };
  const context = attempt(directory, () => nodeTls().createSecureContext(contextOptions(files)));
  const endsFirst = chain.reduce((first, each) => (each.validToDate < first.validToDate ? each : first));
  const [validFromMs, validUntilMs] = [endsFirst.validFromDate.getTime(), endsFirst.validToDate.getTime()];
  return { ...files, context, validFromMs, validUntilMs, isFor: (host) => isCalled(own, host) };
}

/** No connection goes on with what an earlier one was believed: each shows its certificate, and is looked at anew. */
export function contextOptions({ cert, key, ca, revoked }: CertificateFiles): SecureContextOptions {
  const crl = revoked.length === 0 ? {} : { crl: [...revoked] }; // with none at all nobody would be taken
  return { cert, key, ca, ...crl, minVersion: "TLSv1.2", secureOptions: constants.SSL_OP_NO_TICKET };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CertificateProblem(`${path} can't be read: ${(error as Error).message}`);
  }
}

const LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** The one file that need not be there. Node takes one list from each text that it is given. */
async function listsIn(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new CertificateProblem(`${path} can't be read: ${error.message}`);
  });
  if (text === null) return [];
  const found = text.match(LIST) ?? [];
  if (found.length === 0) throw new CertificateProblem(`${path} has no list of revoked certificates in PEM`);
  attempt(path, () => nodeTls().createSecureContext({ crl: [...found] }));
  return found;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function certificatesIn(text: string, path: string): readonly X509Certificate[] {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new CertificateProblem(`${path} has no certificate in PEM`);
  return attempt(path, () => found.map((each) => new X509Certificate(each)));
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new CertificateProblem(`${path} can't be used: ${(error as Error).message}`);
  }
}

const ANY_USAGE = "2.5.29.37.0";
const BOTH_USAGES = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

/** A member calls others, and is called. Where no usage is said, there is none that it is not for. */
function isForBothSides({ keyUsage }: X509Certificate): boolean {
  const usages = keyUsage as readonly string[] | undefined;
  return usages === undefined || usages.includes(ANY_USAGE) || BOTH_USAGES.every((usage) => usages.includes(usage));
}

const isCalled = (own: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? own.checkHost(host.replace(/\.$/, "")) : own.checkIP(host)) !== undefined;

/**
 * From this member's own up to an authority that has signed itself, each signed by the next; null: there is none such. Handshakes ask for
 * no less: an authority in ca.crt whose own is somewhere else does not count there.
 */
function chainOf(
  own: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): readonly X509Certificate[] | null {
  const chain = [own];
  for (let last = own; chain.length <= 1 + between.length + authorities.length;) {
    const isIssuer = (each: X509Certificate): boolean => last.checkIssued(each) && last.verify(each.publicKey);
    const authority = authorities.find(isIssuer);
    const issuer = authority ?? between.find(isIssuer);
    if (issuer === undefined) return null;
    if (authority === last) return chain;
    chain.push(issuer);
    last = issuer;
  }
  return null;
}
