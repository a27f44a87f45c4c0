// Which failures of a request mean that none of it was sent: its connection never came about. All others are unknown.
const CODES: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Where several addresses were tried in vain, or the time was up, there is none. */
const SYSTEM_CALLS: ReadonlySet<unknown> = new Set([undefined, "connect", "getaddrinfo"]);

/** The code of such a failure; null for all others. A host out of reach ends connections, too, over which something was sent. */
export function neverSentCode(error: unknown): string | null {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  return CODES.has(code) && SYSTEM_CALLS.has(syscall) ? (code as string) : null;
}
