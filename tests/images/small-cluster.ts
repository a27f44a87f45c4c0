// One of each service on a network of their own: enough that all of them serve, and next to nothing to do.
import { eventually } from "../integration/test-case.ts";
import type { Container } from "./engine.ts";
import { ask, docker, start } from "./engine.ts";

export type ServiceName = "shard-controller" | "replica" | "coordinator" | "worker";

const MEMBER = { FLOTILLA_ORDINAL: "0", FLOTILLA_DATA_DIR: "/data/member", FLOTILLA_HOST: "0.0.0.0" };
const OTHERS = { FLOTILLA_HOST: "0.0.0.0", FLOTILLA_STORE: "http://replica:7400" };

/** What each is told, by its image. Others find it under the image's name. */
export const SERVICES: Readonly<Record<ServiceName, Readonly<Record<string, string>>>> = {
  "shard-controller": { ...MEMBER, FLOTILLA_PEERS: "shard-controller:7401", FLOTILLA_INITIAL_GROUPS: "1" },
  replica: { ...MEMBER, FLOTILLA_PEERS: "replica:7401", FLOTILLA_CONTROLLERS: "shard-controller:7401", FLOTILLA_REDIS_PORT: "6379" },
  coordinator: { ...OTHERS, FLOTILLA_ORIGIN: "http://coordinator:7400" },
  worker: {
    ...OTHERS,
    FLOTILLA_ORIGIN: "http://worker:7400",
    FLOTILLA_COORDINATORS: "http://coordinator:7400",
    FLOTILLA_DATA_DIR: "/data/worker",
  },
};
export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

const READY_MS = 60_000;
const READY = `fetch("http://127.0.0.1:7400/readyz").then(({ status }) => status, () => 0)`;

export class SmallCluster {
  readonly network: string;
  readonly #image: (name: string) => string;

  private constructor(network: string, image: (name: string) => string) {
    this.network = network;
    this.#image = image;
  }

  /** Its network only. */
  static async create(name: string, image: (name: string) => string): Promise<SmallCluster> {
    await docker(["network", "create", name]);
    return new SmallCluster(name, image);
  }

  containerOf(service: ServiceName): Container & { readonly host: string } {
    const { network } = this;
    return { name: `${network}-${service}`, image: this.#image(service), environment: SERVICES[service], network, host: service };
  }

  /** Answers once all of them are ready. */
  async start(): Promise<void> {
    for (const service of SERVICE_NAMES) await start(this.containerOf(service));
    for (const service of SERVICE_NAMES) {
      const isReady = async (): Promise<true | null> => ((await ask<number>(this.containerOf(service).name, READY)) === 200 ? true : null);
      await eventually(`the ${service} is ready`, isReady, { deadlineMs: READY_MS, everyMs: 500 });
    }
  }

  /** With whatever is left of it. */
  async remove(): Promise<void> {
    const names = (await docker(["ps", "--all", "--quiet", "--filter", `network=${this.network}`])).split("\n").filter(Boolean);
    if (names.length > 0) await docker(["rm", "--force", ...names]);
    await docker(["network", "rm", this.network]);
  }
}
