import { tlsTrouble } from "../../../../runtime/peers/tls/tls-trouble.ts";

const PLAIN = "40ED89A5:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:tlsany_meth.c:77:\n";

test.each([
  {
    name: "HTTP instead of TLS",
    code: "ERR_SSL_WRONG_VERSION_NUMBER",
    message: PLAIN,
    says: /^it answers without TLS: set FLOTILLA_PEER_TLS_DIR/,
  },
  { name: "the same, while something is written", code: "EPROTO", message: `write EPROTO ${PLAIN}`, says: /^it answers without TLS/ },
  {
    name: "a stranger",
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    message: "self-signed certificate",
    says: /does not count \(DEPTH_ZERO_SELF_SIGNED_CERT\)/,
  },
  { name: "too late", code: "CERT_HAS_EXPIRED", message: "certificate has expired", says: /does not count \(CERT_HAS_EXPIRED\)/ },
  {
    name: "another name",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
    message: "Host: a. is not b.",
    says: /for other names\. Host: a\. is not b\./,
  },
  { name: "an alert", code: "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", message: "unknown ca", says: /^no TLS with it: unknown ca$/ },
])("$name", ({ code, message, says }) => {
  expect(tlsTrouble(Object.assign(new Error(message), { code }))).toMatch(says);
});

test.each(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", undefined])("%s is not about TLS", (code) => {
  expect(tlsTrouble(Object.assign(new Error("x"), { code }))).toBeNull();
});
