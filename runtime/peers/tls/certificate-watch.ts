// The certificate that is in use, and whether another one lies there by now. Files are compared by what is in them, now and then: Kubernetes
// replaces a mounted Secret by swapping a link, other tools write in place, and no notice of either can be relied on. Files that make no
// sense, such as a new certificate beside the old key, change nothing: what was good goes on, and whoever looks is told.
import type { Logger } from "../../logger.ts";
import type { CertificateFiles, Certificates } from "./certificate-files.ts";
import { CertificateProblem, readCertificates } from "./certificate-files.ts";

const LOOK_MS = 10_000;

export type WatchOptions = {
  readonly directory: string;
  /** Where others find this member; left out: nobody minds. */
  readonly host?: string;
  readonly logger: Logger;
  /** How long between two looks. */
  readonly lookMs?: number;
};

export class CertificateWatch {
  readonly #options: WatchOptions;
  readonly #listeners: (() => void)[] = [];
  #current: Certificates;
  #problem: string | null = null;
  #next: NodeJS.Timeout | null = null;

  private constructor(options: WatchOptions, first: Certificates) {
    this.#options = options;
    this.#current = first;
    this.#tellOfFlaws();
    this.#lookLater();
  }

  /** Rejects with a `CertificateProblem` where there is nothing good to begin with. */
  static async open(options: WatchOptions): Promise<CertificateWatch> {
    return new CertificateWatch(options, await readCertificates(options.directory));
  }

  get current(): Certificates {
    return this.#current;
  }

  /** What is wrong with the files that lie there now; null: they are in use. */
  get problem(): string | null {
    return this.#problem;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    if (this.#next !== null) clearTimeout(this.#next);
    this.#next = null;
  }

  #lookLater(): void {
    this.#next = setTimeout(() => void this.#look(), this.#options.lookMs ?? LOOK_MS).unref();
  }

  async #look(): Promise<void> {
    const found = await readCertificates(this.#options.directory).catch((error: unknown) => {
      if (error instanceof CertificateProblem) return error;
      throw error;
    });
    if (this.#next === null) return; // closed meanwhile
    this.#lookLater();
    if (found instanceof CertificateProblem) this.#keep(found.message);
    else this.#take(found);
  }

  #keep(problem: string): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.logger.warn(
      { event: "certificateRefused", reason: problem },
      `${problem}. The certificate from before is used, which is good until ${dateOf(this.#current.validUntilMs)}`,
    );
  }

  #take(found: Certificates): void {
    this.#problem = null;
    if (isSame(found, this.#current)) return;
    this.#current = found;
    for (const listener of this.#listeners) listener();
    const until = dateOf(found.validUntilMs);
    this.#options.logger.info(
      { event: "certificateTaken", until },
      `new connections use the files that lie there now, with a certificate that is good until ${until}`,
    );
    this.#tellOfFlaws();
  }

  /** It is used all the same: others may see it differently, and it is they who refuse it. */
  #tellOfFlaws(): void {
    const { validFromMs, validUntilMs, isFor } = this.#current;
    const { host, logger } = this.#options;
    if (host !== undefined && !isFor(host))
      logger.error(
        { event: "certificateForOthers", host },
        `the certificate of this member is not for ${host}, where others look for it: they will not connect to it`,
      );
    const nowMs = Date.now();
    if (nowMs >= validFromMs && nowMs <= validUntilMs) return;
    const [from, until] = [dateOf(validFromMs), dateOf(validUntilMs)];
    logger.error(
      { event: "certificateNotValid", from, until },
      `the certificate of this member is good from ${from} until ${until}, and not now: other members will not take it`,
    );
  }
}

const isSame = (a: CertificateFiles, b: CertificateFiles): boolean =>
  a.cert === b.cert && a.key === b.key && a.ca === b.ca && a.revoked.join() === b.revoked.join();

const dateOf = (ms: number): string => new Date(ms).toISOString();
