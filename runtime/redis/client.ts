// One client as its commands see it: what it has said of itself, and what there is around it.
import type { AccessPolicy } from "../http/access.ts";
import { isSame } from "../http/access.ts";
import type { ClusterFacts } from "./cluster/cluster-view.ts";
import type { KeySpace } from "./key-space.ts";
import type { ProtocolVersion } from "./protocol/reply-writer.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { StoreReader } from "./store-reader.ts";

export type Surroundings = {
  readonly cluster: ClusterFacts;
  readonly access: AccessPolicy;
  readonly facts: ServerFacts;
  readonly reader: StoreReader;
  /** Of everything that the port serves. */
  readonly keys: KeySpace;
  /** Log time follows it. */
  readonly wallMs: () => number;
};

/** A cluster has one user, whose password is a token. */
export const DEFAULT_USER = "default";

export class Client {
  readonly id: number;
  readonly address: string;
  readonly surroundings: Surroundings;
  readonly connectedAtMs: number;
  protocol: ProtocolVersion = 2;
  name = "";
  library = { name: "", version: "" };
  isKnown: boolean;
  /** Takes answers of followers; they are not older than those of leaders. */
  isReadonly = false;
  /** Nobody waits for its replies any more. */
  isGone = false;

  constructor(id: number, address: string, surroundings: Surroundings) {
    this.id = id;
    this.address = address;
    this.surroundings = surroundings;
    this.connectedAtMs = surroundings.wallMs();
    this.isKnown = !surroundings.facts.needsPassword;
  }

  logIn(user: string, password: string): boolean {
    const { dataToken, adminToken } = this.surroundings.access;
    if (user !== DEFAULT_USER || !(isSame(password, dataToken) || isSame(password, adminToken))) return false;
    this.isKnown = true;
    return true;
  }

  reset(): void {
    this.protocol = 2;
    this.name = "";
    this.isReadonly = false;
    this.isKnown = !this.surroundings.facts.needsPassword;
  }
}
