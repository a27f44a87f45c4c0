// What a run says to Prometheus while it goes on: which fault is being played now, and what the ones before cost. Grafana draws the
// first as annotations over any panel.
import type { Server } from "node:http";
import { createServer } from "../../../runtime/http/node-http.ts";
import { Metrics } from "../../../runtime/metrics.ts";
import { Trouble } from "../trouble.ts";
import { VERSION } from "../version.ts";
import type { FaultName } from "./faults.ts";
import { FAULT_NAMES } from "./faults.ts";
import type { FaultRecord } from "./rounds.ts";
import { EXIT_CODE_OF_VERDICT } from "./verdict.ts";

/** In seconds: from what nobody notices to what somebody is called for. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export type ActiveFault = { readonly fault: FaultName; readonly target: string; readonly isActive: boolean };

export class ChaosMetrics {
  readonly #metrics = new Metrics({ service: "chaos", version: VERSION });
  readonly #active = new Map<string, FaultName>();
  readonly #counted: (fault: FaultName) => void;
  readonly #gap = this.#metrics.histogram({
    name: "flotilla_chaos_gap_seconds",
    help: "The longest that clients of the struck group went without an answer, by fault",
    labels: ["fault"],
    buckets: BUCKETS,
  });
  readonly #recovery = this.#metrics.histogram({
    name: "flotilla_chaos_recovery_seconds",
    help: "From a fault until all of the cluster was well, by fault",
    labels: ["fault"],
    buckets: BUCKETS,
  });

  constructor() {
    const counted = { name: "flotilla_chaos_faults_total", help: "Faults that were played, by kind" } as const;
    this.#counted = this.#metrics.preset({ ...counted, label: "fault", values: FAULT_NAMES });
    const active = { name: "flotilla_chaos_fault_active", help: "1 from a fault until all is well again" } as const;
    this.#metrics.read("gauge", { ...active, labels: ["fault", "target"] }, () =>
      [...this.#active].map(([target, fault]) => ({ labels: { fault, target }, value: 1 })),
    );
  }

  text(): Promise<string> {
    return this.#metrics.text();
  }

  fault({ fault, target, isActive }: ActiveFault): void {
    if (!isActive) this.#active.delete(target);
    else {
      this.#active.set(target, fault);
      this.#counted(fault);
    }
  }

  record({ fault, fromMs, wholeMs, gapMs }: FaultRecord): void {
    if (gapMs !== null) this.#gap.observe({ fault }, gapMs / 1_000);
    if (wholeMs !== null) this.#recovery.observe({ fault }, (wholeMs - fromMs) / 1_000);
  }

  /** At `/metrics`, until it is closed. */
  async serve(port: number): Promise<Server> {
    const server = createServer((request, response) => {
      if (request.url !== "/metrics") return void response.writeHead(404).end();
      void this.text().then((text) => response.writeHead(200, { "content-type": this.#metrics.contentType }).end(text));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          new Trouble(
            `port ${port} can't be listened on (${error.code ?? ""})`,
            "choose another: --metrics PORT",
            EXIT_CODE_OF_VERDICT.unchecked,
          ),
        ),
      );
      server.listen(port, resolve);
    });
    // It must not keep a run from ending.
    return server.unref();
  }
}
