// Which failures of a request mean that none of it was sent: its connection never came about. All others are unknown.
const CODES: ReadonlySet<unknown> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "UND_ERR_CONNECT_TIMEOUT"]);

/** The code of such a failure; null for all others. */
export function neverSentCode(error: unknown): string | null {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return CODES.has(code) ? (code as string) : null;
}
