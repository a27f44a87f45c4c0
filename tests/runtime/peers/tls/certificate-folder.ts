// A directory with a certificate in it, as a mounted Secret would be.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Authority, Wish } from "./authority.ts";

export type Files = { readonly "tls.crt"?: string; readonly "tls.key"?: string; readonly "ca.crt"?: string; readonly "crl.pem"?: string };

export class CertificateFolder {
  readonly path = mkdtempSync(join(tmpdir(), "flotilla-tls-"));

  /** `wish.names`: of 127.0.0.1, unless they are said. */
  static by(authority: Authority, wish: Wish = { names: ["127.0.0.1"] }): CertificateFolder {
    return new CertificateFolder().write(filesBy(authority, wish));
  }

  write(files: Files): this {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.path, name), content);
    return this;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function filesBy(authority: Authority, wish: Wish = { names: ["127.0.0.1"] }): Required<Omit<Files, "crl.pem">> {
  const { cert, key } = authority.issue(wish);
  return { "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert };
}
