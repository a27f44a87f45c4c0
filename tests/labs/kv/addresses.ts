// Where members are, for the lab's network: an origin names a group, or the controllers, and a place in it.
import type { MemberAddress } from "../../../core/shards/configuration.ts";

export const originOf = (name: string, place: number): string => `http://${name}-${place}`;
const peerOf = (name: string, place: number): string => `${name}-${place}:7000`;

export function addressesOf(name: string, size: number): readonly MemberAddress[] {
  return Array.from({ length: size }, (_, place) => ({ peer: peerOf(name, place), http: originOf(name, place), redis: null }));
}

export type Site = { readonly name: string; readonly place: number };

/** Of an origin, or of the address of a peer. */
export function siteIn(address: string): Site {
  const [, name = "", place = ""] = /^(?:http:\/\/)?(.+)-([0-9]+)(?::7000)?$/.exec(address) ?? [];
  return { name, place: Number(place) };
}
