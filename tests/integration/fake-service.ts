// A service that does nothing but say how it is: as small as a process can be that the launcher starts, so that the launcher
// is tested for itself. Files beside its data directory tell it to misbehave: NAME.refuse, NAME.deaf.
import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";

const {
  FLOTILLA_DATA_DIR: dataDir = "",
  FLOTILLA_HTTP_PORT: port = "",
  FLOTILLA_ORDINAL: ordinal = "",
  FLOTILLA_GROUP: group = "controllers",
} = process.env;
const NEEDS_PERSON = 78;

if (existsSync(`${dataDir}.refuse`)) {
  process.stderr.write("log/0000000001.segment at byte 4096: the checksum is wrong\n");
  process.exit(NEEDS_PERSON);
}
if (existsSync(`${dataDir}.deaf`)) process.on("SIGTERM", () => undefined);
else process.on("SIGTERM", () => process.exit(0));
mkdirSync(dataDir, { recursive: true });

const status = {
  service: "replica",
  group,
  ordinal: Number(ordinal),
  role: ordinal === "0" ? "leader" : "follower",
  term: 1,
  commitIndex: 7,
  appliedIndex: 7,
};
const answers: Readonly<Record<string, unknown>> = {
  "/v1/status": status,
  "/livez": { ok: true, checks: [{ name: "eventLoop", ok: true, message: "runs" }] },
  "/readyz": { ok: true, checks: [{ name: "group", ok: true, message: "has a leader" }] },
};
createServer((request, response) => {
  const answer = answers[request.url ?? ""];
  response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" }).end(JSON.stringify(answer ?? {}));
}).listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ event: "listening", pid: process.pid })));
