// Who may call what: two tokens for a cluster, one to read and write data and one to administer, which may do both. Each
// route says in route-table.ts which of them it needs.
import { createHash, timingSafeEqual } from "node:crypto";
import type { ErrorResponse } from "./error-shape.ts";
import { refuse } from "./error-shape.ts";
import type { Access } from "./route-table.ts";

/** Calls that need a token: none of them, those that administer, or those about data as well. */
export const AUTH_MODES = ["none", "admin", "all"] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export type AccessPolicy = {
  readonly mode: AuthMode;
  readonly dataToken: string | null;
  readonly adminToken: string | null;
};

export const OPEN_TO_ALL: AccessPolicy = { mode: "none", dataToken: null, adminToken: null };

/** Null: it may be called. */
export function whyNotAllowed(policy: AccessPolicy, access: Access, authorization: unknown): ErrorResponse | null {
  if (access === "open" || policy.mode === "none" || (access === "data" && policy.mode === "admin")) return null;
  const what = access === "data" ? "this call needs the token for data" : "this call needs the administrator's token";
  const given = tokenIn(authorization);
  if (given === null) return refuse("unauthorized", `${what}, as the header authorization: Bearer …`);
  const isAdmin = isSame(given, policy.adminToken);
  const isAllowed = access === "data" ? isSame(given, policy.dataToken) || isAdmin : isAdmin;
  return isAllowed ? null : refuse("forbidden", `${what}, and the one that was given is another`);
}

function tokenIn(authorization: unknown): string | null {
  if (typeof authorization !== "string") return null;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? null;
}

/** In a time that tells nothing of where they differ. */
export function isSame(given: string, token: string | null): boolean {
  return token !== null && timingSafeEqual(hash(given), hash(token));
}

const hash = (text: string): Uint8Array => createHash("sha256").update(text).digest();
