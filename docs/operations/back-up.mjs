/* global Buffer, console, fetch, process, setTimeout */
// Every key and value of a store, into a file, while it is used. Says how many there were.
//   node docs/operations/back-up.mjs http://127.0.0.1:7400 FILE     ($FLOTILLA_TOKEN, where data needs a token)
// Any replica will do. A line is a page: the operations of one POST /v1/batch, which is all that restore.mjs has to send.
import { open, rename } from "node:fs/promises";

const [origin, path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: back-up.mjs URL FILE");
const { FLOTILLA_TOKEN: token } = process.env;
const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };

/** Who holds the jobs at the moment, and how far those are: true of this cluster only, and of no use in another. Files stay in. */
const OF_THE_MOMENT = /^(lock:coordinator$|\{jobs\}|\{job:)/;
const OPERATIONS_MAX = 1_000;
const PATIENCE_MS = 60_000;

async function page(after, untilMs = Date.now() + PATIENCE_MS) {
  const place = after === null ? "" : `&after=${encodeURIComponent(after)}`;
  const url = `${origin}/v1/kv?keyEncoding=base64url&encoding=base64&limit=${OPERATIONS_MAX}${place}`;
  const response = await fetch(url, { headers });
  if (response.ok) return response.json();
  // 503: nobody leads just now.
  if (response.status !== 503 || Date.now() > untilMs) throw new Error(`${response.status}: ${await response.text()}`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return page(after, untilMs);
}

// A file of this name is whole: what is interrupted has another.
const unfinished = `${path}.unfinished`;
const file = await open(unfinished, "w", 0o600);
let keys = 0;
let after = null;
do {
  const { entries, next } = await page(after);
  const wanted = entries.filter(({ key }) => !OF_THE_MOMENT.test(Buffer.from(key, "base64url").toString()));
  const operations = wanted.map(({ key, value }) => ({ op: "put", key, value, encoding: "base64" }));
  if (operations.length > 0) await file.write(`${JSON.stringify({ operations })}\n`);
  keys += operations.length;
  after = next;
} while (after !== null);
await file.sync();
await file.close();
await rename(unfinished, path);
console.log(`${keys} keys are in ${path}`);
