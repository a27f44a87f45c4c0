// What a pod in the cluster finds out by itself: whether a name is resolved there, and whether another pod is to be reached.
import { Release } from "./release.ts";

/** The namespace that the pod is in. */
export type Namespace = Pick<Release, "kubectl">;
export type Address = { readonly host: string; readonly port: number };

const ASKED_MS = 3_000;

/** Whether the cluster's name servers, asked by a pod, know the release. */
export function resolvesNames(namespace: Namespace, pod: string): Promise<boolean> {
  const script = `
const { readFileSync } = require("node:fs");
const { Resolver } = require("node:dns").promises;
const [, domain] = /^search (\\S+)/m.exec(readFileSync("/etc/resolv.conf", "utf8"));
new Resolver({ timeout: ${ASKED_MS}, tries: 1 }).resolve4("${Release.fullname}." + domain).then(() => end(true), () => end(false));`;
  return askedBy(namespace, pod, script);
}

/** Whether a pod gets a connection. */
export function reaches(namespace: Namespace, pod: string, address: Address): Promise<boolean> {
  const script = `
const socket = require("node:net").connect(${JSON.stringify(address)});
socket.setTimeout(${ASKED_MS}, () => end(false));
socket.on("connect", () => end(true)).on("error", () => end(false));`;
  return askedBy(namespace, pod, script);
}

/** By a script that ends with what it found. */
async function askedBy(namespace: Namespace, pod: string, script: string): Promise<boolean> {
  const end = "function end(is) { console.log(is); process.exit(); }";
  return JSON.parse(await namespace.kubectl(["exec", pod, "--", "node", "-e", `${end}${script}`])) as boolean;
}
