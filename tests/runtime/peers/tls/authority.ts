// Somebody who signs certificates, as cert-manager would, with nothing but Node.
import type { KeyObject } from "node:crypto";
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { bits, integer, name, octets, sequence, set, tagged, text, time, truth } from "./der.ts";

export type KeyPair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
export type Issued = { readonly cert: string; readonly key: string };
export type Wish = {
  /** Names, or addresses, that it is for. */
  readonly names: readonly string[];
  /** Of extended key usages, such as 1.3.6.1.5.5.7.3.1 for servers; left out: none is said. */
  readonly usages?: readonly string[];
  readonly fromMs?: number;
  readonly untilMs?: number;
};

const HOUR_MS = 3_600_000;
const ECDSA_WITH_SHA256 = sequence(name("1.2.840.10045.4.3.2"));

export class Authority {
  readonly #subject: string;
  readonly #pair: KeyPair = keyPair();
  /** Its own certificate, signed by itself or by the one above. */
  readonly cert: string;

  constructor(subject: string, above: Authority | null = null) {
    this.#subject = subject;
    const signer = above ?? this;
    this.cert = signer.#certificate({ subject, publicKey: this.#pair.publicKey, extensions: OF_AN_AUTHORITY });
  }

  issue({ names, usages, ...times }: Wish): Issued {
    const { publicKey, privateKey } = keyPair();
    const usage = usages === undefined ? [] : [sequence(name("2.5.29.37"), octets(sequence(...usages.map(name))))];
    const extensions = [alternativeNames(names), ...usage];
    const cert = this.#certificate({ subject: "member", publicKey, extensions, ...times });
    return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  }

  /** What it has taken back, for an hour from now unless that is said. */
  revoke(certificates: readonly string[], untilMs = Date.now() + HOUR_MS): string {
    const fromMs = Date.now() - HOUR_MS;
    const serials = certificates.map((each) => Buffer.from(new X509Certificate(each).serialNumber, "hex"));
    const revoked = serials.map((serial) => sequence(integer(serial), time(fromMs)));
    const validity = [time(fromMs), time(untilMs)];
    const listed = revoked.length === 0 ? [] : [sequence(...revoked)];
    const signed = sequence(ECDSA_WITH_SHA256, distinguished(this.#subject), ...validity, ...listed);
    return pem("X509 CRL", sequence(signed, ECDSA_WITH_SHA256, bits(sign("sha256", signed, this.#pair.privateKey))));
  }

  #certificate(what: Content): string {
    const nowMs = Date.now();
    const { subject, publicKey, extensions, fromMs = nowMs - HOUR_MS, untilMs = nowMs + 24 * HOUR_MS } = what;
    const signed = sequence(
      tagged(0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      ECDSA_WITH_SHA256,
      distinguished(this.#subject),
      sequence(time(fromMs), time(untilMs)),
      distinguished(subject),
      publicKey.export({ type: "spki", format: "der" }),
      tagged(3, sequence(...extensions)),
    );
    return pem("CERTIFICATE", sequence(signed, ECDSA_WITH_SHA256, bits(sign("sha256", signed, this.#pair.privateKey))));
  }
}

type Content = Pick<Wish, "fromMs" | "untilMs"> & {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
};

const keyPair = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "prime256v1" });

const distinguished = (subject: string): Buffer => sequence(set(sequence(name("2.5.4.3"), text(subject))));

/** It may sign certificates, and lists of those that it has taken back. */
const OF_AN_AUTHORITY = [
  sequence(name("2.5.29.19"), truth(), octets(sequence(truth()))),
  sequence(name("2.5.29.15"), truth(), octets(bits(Buffer.from([6]), 1))),
];

function alternativeNames(names: readonly string[]): Buffer {
  const each = names.map((one) =>
    isIP(one) === 4
      ? tagged(7, Buffer.from(one.split(".").map(Number)), { isPrimitive: true })
      : tagged(2, Buffer.from(one), { isPrimitive: true }),
  );
  return sequence(name("2.5.29.17"), octets(sequence(...each)));
}

function pem(what: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${what}-----`, ...lines, `-----END ${what}-----`, ""].join("\n");
}
