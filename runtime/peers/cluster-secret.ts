// What processes of a cluster prove themselves to each other by, where one is set: every question and every stream carries it.
import type { IncomingHttpHeaders } from "node:http";
import { isSame } from "../http/access.ts";

export function proofOf(secret: string | null): Readonly<Record<string, string>> {
  return secret === null ? {} : { authorization: `Bearer ${secret}` };
}

/** Without a secret everybody is believed. */
export function isProven(secret: string | null, { authorization = "" }: IncomingHttpHeaders): boolean {
  return secret === null || isSame(authorization, `Bearer ${secret}`);
}
