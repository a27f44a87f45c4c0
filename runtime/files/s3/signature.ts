// Signature Version 4, as S3 wants it: what is sent and when, hashed with a key that is made of the secret. Only for requests whose body
// is in memory. https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
import { createHash, createHmac } from "node:crypto";

export type Credentials = { readonly accessKey: string; readonly secretKey: string; readonly sessionToken: string | null };

export type Signing = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly region: string;
  readonly credentials: Credentials;
  readonly at: Date;
};

const ALGORITHM = "AWS4-HMAC-SHA256";
const SERVICE = "s3";

/** The headers to send. The URL's path and query must be encoded by `encodePart`. */
export function signed({ method, url, headers, body, region, credentials, at }: Signing): Readonly<Record<string, string>> {
  const { accessKey, secretKey, sessionToken } = credentials;
  const time = at.toISOString().replace(/[:-]|\.\d{3}/g, "");
  const day = time.slice(0, 8);
  const bodyHash = sha256(body);
  const all: Record<string, string> = { ...headers, host: url.host, "x-amz-content-sha256": bodyHash, "x-amz-date": time };
  if (sessionToken !== null) all["x-amz-security-token"] = sessionToken;
  const names = Object.keys(all).sort();
  const canonical = [
    method,
    url.pathname,
    [...url.search.slice(1).split("&")].sort().join("&"),
    ...names.map((name) => `${name}:${(all[name] ?? "").trim()}`),
    "",
    names.join(";"),
    bodyHash,
  ].join("\n");
  const scope = `${day}/${region}/${SERVICE}/aws4_request`;
  const toSign = [ALGORITHM, time, scope, sha256(canonical)].join("\n");
  const key = [day, region, SERVICE, "aws4_request"].reduce<Uint8Array | string>((secret, part) => hmac(secret, part), `AWS4${secretKey}`);
  const signature = Buffer.from(hmac(key, toSign)).toString("hex");
  return {
    ...all,
    authorization: `${ALGORITHM} Credential=${accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** Everything but letters, digits and `-._~` is percent-encoded. */
export function encodePart(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: Uint8Array | string, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();
