// The page of a run in a ConfigMap that is there for that. What is in it is of the last run that began, or says that it is not.
import type { Kept, PageKeeper, Pages } from "../clients-of.ts";
import { patiently } from "../patiently.ts";
import { count } from "../../terminal.ts";
import type { PodsApi } from "./pods-api.ts";

const FILE = "report.html";
/** Of a ConfigMap's data. */
const BYTES_MOST = 1_048_576;
/** For an API server that is away. */
const PATIENCE_MS = 20_000;

export class KeptPage implements PageKeeper {
  readonly #api: Pick<PodsApi, "namespace" | "keep">;
  readonly #name: string;
  readonly #patienceMs: number;
  #hasOlder = true;

  /** `name`: of the ConfigMap. */
  constructor(api: Pick<PodsApi, "namespace" | "keep">, name: string, patienceMs = PATIENCE_MS) {
    this.#api = api;
    this.#name = name;
    this.#patienceMs = patienceMs;
  }

  async begin(run: string): Promise<void> {
    const page = `<!doctype html><title>No page yet</title><p>${run} has not ended, or could not keep its page.</p>`;
    await this.#put(page).catch(() => undefined);
  }

  async keep({ whole, short }: Pages): Promise<Kept> {
    const bytes = Buffer.byteLength(whole);
    const isWhole = bytes <= BYTES_MOST;
    try {
      await patiently(performance.now() + this.#patienceMs, () => this.#put(isWhole ? whole : short));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const older = this.#hasOlder ? `, and what ConfigMap ${this.#name} has is of an earlier run` : "";
      return { how: null, problem: `the page could not be kept${older}: ${why}` };
    }
    const { namespace } = this.#api;
    return {
      how: `kubectl --namespace ${namespace} get configmap ${this.#name} --output go-template='{{ index .data "${FILE}" }}'`,
      problem: isWhole
        ? null
        : `the page was kept without its details: it has ${count(bytes)} bytes, and a ConfigMap takes ${count(BYTES_MOST)}`,
    };
  }

  async #put(page: string): Promise<void> {
    await this.#api.keep(this.#name, FILE, page);
    this.#hasOlder = false;
  }
}
