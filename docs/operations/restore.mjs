/* global console, fetch, process, setTimeout */
// Writes what back-up.mjs has put into a file, into any store: best an empty one, before anybody uses it. Says how many keys.
//   node docs/operations/restore.mjs http://127.0.0.1:7400 FILE     ($FLOTILLA_TOKEN, where data needs a token)
// Where it was interrupted, run it again: the same values are written again.
import { open } from "node:fs/promises";

const [origin, path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: restore.mjs URL FILE");
const { FLOTILLA_TOKEN: token } = process.env;
const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };

/** Of a body: what members take without being told otherwise (FLOTILLA_REQUEST_BYTES_MAX), with room to spare. */
const BYTES_MAX = 1_500_000;
const PATIENCE_MS = 60_000;

/** What failed is sent again, for as long as it may help: a value that is written twice is the same value. */
async function send(operations, untilMs = Date.now() + PATIENCE_MS) {
  if (operations.length === 0) return;
  const body = JSON.stringify({ operations });
  const response = await fetch(`${origin}/v1/batch?keyEncoding=base64url`, { method: "POST", headers, body });
  const answer = await response.json();
  const failed = operations.filter((_, i) => answer.error !== undefined || answer.results[i].error !== undefined);
  if (failed.length === 0) return;
  const { code, message } = answer.error ?? answer.results.find(({ error }) => error !== undefined).error;
  const isPointless = response.status >= 400 && response.status < 500 && response.status !== 429;
  if (isPointless || Date.now() > untilMs) throw new Error(`${code}: ${message}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return send(failed, untilMs);
}

const file = await open(path);
let keys = 0;
for await (const line of file.readLines()) {
  let together = [];
  let bytes = 0;
  for (const operation of JSON.parse(line).operations) {
    const size = JSON.stringify(operation).length + 1;
    if (bytes + size > BYTES_MAX) {
      await send(together);
      [together, bytes] = [[], 0];
    }
    together.push(operation);
    bytes += size;
    keys += 1;
  }
  await send(together);
}
console.log(`${keys} keys are restored from ${path}`);
