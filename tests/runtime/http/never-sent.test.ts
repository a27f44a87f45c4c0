import { neverSentCode } from "../../../runtime/http/never-sent.ts";

test.each([
  { name: "nobody listens", error: { code: "ECONNREFUSED" }, expected: "ECONNREFUSED" },
  { name: "no way to the host", error: { code: "EHOSTUNREACH", syscall: "connect" }, expected: "EHOSTUNREACH" },
  { name: "the way to the host was lost while an answer was awaited", error: { code: "EHOSTUNREACH", syscall: "read" }, expected: null },
  { name: "and while something was sent", error: { code: "ENETUNREACH", syscall: "write" }, expected: null },
  { name: "nobody has the name", error: { code: "ENOTFOUND", syscall: "getaddrinfo" }, expected: "ENOTFOUND" },
  { name: "no name server answers", error: { code: "EAI_AGAIN", syscall: "getaddrinfo" }, expected: "EAI_AGAIN" },
  { name: "no connection in time", error: { code: "UND_ERR_CONNECT_TIMEOUT" }, expected: "UND_ERR_CONNECT_TIMEOUT" },
  { name: "a connection that broke may have carried it", error: { code: "ECONNRESET" }, expected: null },
  { name: "so may one whose answer did not come in time", error: { code: "UND_ERR_HEADERS_TIMEOUT" }, expected: null },
  { name: "an error without a code", error: new Error("?"), expected: null },
  { name: "nothing that was thrown", error: null, expected: null },
])("$name", ({ error, expected }) => {
  expect(neverSentCode(error)).toBe(expected);
});
