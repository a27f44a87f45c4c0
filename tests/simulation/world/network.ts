// The network between places: one direction of one pair at a time. What travels is bytes, so that no two members ever
// share an object. A link is as bad as all faults on it together; each fault takes back exactly what it added.
import { assert } from "../../../core/base/assert.ts";
import type { Random } from "../../../core/base/random.ts";
import type { EffectCounts } from "./counters.ts";

export type NetworkProfile = {
  readonly delayMinUs: number;
  readonly delayMaxUs: number;
  /** Now and then a message takes very long without anything being wrong. */
  readonly tailPermille: number;
  readonly tailUs: number;
};

/** What a healthy network looks like: every assumption that liveness needs. */
export const CALM_NETWORK: NetworkProfile = { delayMinUs: 200, delayMaxUs: 2_000, tailPermille: 0, tailUs: 0 };

export type LinkTrouble = {
  readonly cut?: number;
  readonly lossPermille?: number;
  readonly duplicatePermille?: number;
  readonly damagePermille?: number;
  /** Added to every message. */
  readonly clogUs?: number;
  /** A share of messages waits up to this long, so that later ones overtake them. */
  readonly delayPermille?: number;
  readonly delayMaxUs?: number;
};

type Link = { -readonly [K in keyof LinkTrouble]-?: number } & { sent: number; newestDelivered: number };

export type LinkName = { readonly from: number; readonly to: number };
export type Undo = () => void;
export type Receive = (link: LinkName, bytes: Uint8Array) => void;

export type NetworkPorts = {
  readonly random: Random;
  readonly effects: EffectCounts;
  readonly after: (delayUs: number, action: () => void) => void;
  readonly receive: Receive;
};

export class Network {
  profile: NetworkProfile;
  /** Messages that met a cut link. */
  lostToCuts = 0;
  readonly #places: number;
  readonly #links: Link[] = [];
  readonly #ports: NetworkPorts;

  constructor(places: number, profile: NetworkProfile, ports: NetworkPorts) {
    this.profile = profile;
    this.#places = places;
    this.#ports = ports;
    for (let i = 0; i < places * places; i++) this.#links.push(soundLink());
  }

  send(name: LinkName, bytes: Uint8Array): void {
    const { random, effects } = this.#ports;
    const link = this.#link(name);
    const number = ++link.sent;
    if (link.cut > 0) {
      this.lostToCuts++;
      return;
    }
    if (happens(random, link.lossPermille)) {
      effects["message dropped"]++;
      return;
    }
    this.#deliverLater(name, number, bytes);
    if (happens(random, link.duplicatePermille)) {
      effects["message duplicated"]++;
      this.#deliverLater(name, number, bytes);
    }
  }

  /** Adds to the troubles of one link until undone. */
  trouble(name: LinkName, trouble: LinkTrouble): Undo {
    const link = this.#link(name);
    addTo(link, trouble, 1);
    let isUndone = false;
    return () => {
      if (isUndone) return;
      isUndone = true;
      addTo(link, trouble, -1);
    };
  }

  troubleAll(names: readonly LinkName[], trouble: LinkTrouble): Undo {
    const undos = names.map((name) => this.trouble(name, trouble));
    return () => {
      for (const undo of undos) undo();
    };
  }

  isCut(name: LinkName): boolean {
    return this.#link(name).cut > 0;
  }

  /** Every direction of every pair. */
  get allLinks(): readonly LinkName[] {
    const names: LinkName[] = [];
    for (let from = 0; from < this.#places; from++) {
      for (let to = 0; to < this.#places; to++) if (from !== to) names.push({ from, to });
    }
    return names;
  }

  get isSound(): boolean {
    return this.#links.every((link) => link.cut + link.lossPermille + link.duplicatePermille + link.clogUs + link.delayPermille === 0);
  }

  #deliverLater(name: LinkName, number: number, bytes: Uint8Array): void {
    const { random, effects, after, receive } = this.#ports;
    const link = this.#link(name);
    const payload = happens(random, link.damagePermille) ? this.#damaged(bytes) : bytes;
    after(this.#delayUs(link), () => {
      if (number < link.newestDelivered) effects["message reordered"]++;
      else link.newestDelivered = number;
      receive(name, payload);
    });
  }

  #delayUs(link: Link): number {
    const { random, effects } = this.#ports;
    const { delayMinUs, delayMaxUs, tailPermille, tailUs } = this.profile;
    let delay = link.clogUs + random.between(delayMinUs, delayMaxUs);
    if (link.clogUs > 0) effects["clogged link"]++;
    if (happens(random, tailPermille)) delay += random.between(0, tailUs);
    if (happens(random, link.delayPermille)) {
      effects["message delayed"]++;
      delay += random.between(0, link.delayMaxUs);
    }
    return delay;
  }

  #damaged(bytes: Uint8Array): Uint8Array {
    const { random, effects } = this.#ports;
    effects["message damaged"]++;
    const copy = bytes.slice();
    const at = random.between(0, copy.length - 1);
    copy[at] = (copy[at] as number) ^ (1 << random.between(0, 7));
    return random.chance(0.2) ? copy.subarray(0, at) : copy;
  }

  #link({ from, to }: LinkName): Link {
    const link = this.#links[from * this.#places + to];
    assert(link !== undefined, "the link joins two places");
    return link;
  }
}

function happens(random: Random, permille: number): boolean {
  return permille > 0 && random.fraction() * 1_000 < permille;
}

function soundLink(): Link {
  return {
    cut: 0,
    lossPermille: 0,
    duplicatePermille: 0,
    damagePermille: 0,
    clogUs: 0,
    delayPermille: 0,
    delayMaxUs: 0,
    sent: 0,
    newestDelivered: 0,
  };
}

function addTo(link: Link, trouble: LinkTrouble, sign: 1 | -1): void {
  link.cut += sign * (trouble.cut ?? 0);
  link.lossPermille += sign * (trouble.lossPermille ?? 0);
  link.duplicatePermille += sign * (trouble.duplicatePermille ?? 0);
  link.damagePermille += sign * (trouble.damagePermille ?? 0);
  link.clogUs += sign * (trouble.clogUs ?? 0);
  link.delayPermille += sign * (trouble.delayPermille ?? 0);
  link.delayMaxUs += sign * (trouble.delayMaxUs ?? 0);
}
