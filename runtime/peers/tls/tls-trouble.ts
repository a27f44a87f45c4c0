// What errors of TLS mean between two members, and what to do about them.

/** What comes instead of TLS is taken for a record of it. Which code that has depends on whether something was to be written by then. */
const NO_TLS = /:(?:wrong version number|packet length too long|record layer failure):/;
/** Of OpenSSL's checks of a certificate; its own errors begin with ERR_, the system's with E. */
const OF_A_CERTIFICATE = /^(?!E)[A-Z0-9]+_[A-Z0-9_]+$/;
const OF_TLS = /^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/;

/** Null: it is about something else, such as a port that is closed. */
export function tlsTrouble(error: Error): string | null {
  const { code = "", message } = error as Error & { readonly code?: string };
  if (NO_TLS.test(message))
    return "it answers without TLS: set FLOTILLA_PEER_TLS_DIR there, or FLOTILLA_PEER_TLS_MODE=prefer here until then";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `its certificate is for other names. ${message}`;
  if (OF_A_CERTIFICATE.test(code))
    return `its certificate does not count (${code}): it must be signed by ca.crt of this member, be good now, and be on no list in crl.pem`;
  return OF_TLS.test(code) ? `no TLS with it: ${message.trim()}` : null;
}
