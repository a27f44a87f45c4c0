// Fetches regions from other workers over HTTP, from any byte on.
import { Agent, request } from "../../http/http-client.ts";
import { lookUp } from "../../http/machine-names.ts";
import { TaskProblem } from "../task-problem.ts";
import type { FetchRegion } from "./region-fetcher.ts";
import { REGION_BYTES, REGION_RECORDS, regionPath } from "../shuffle/region-path.ts";

const CONNECT_MS = 3_000;
/** Between two pieces of a region. */
const SILENCE_MS = 10_000;

/** `headers`: by which workers know each other. */
export function httpRegions(headers: Readonly<Record<string, string>> = {}): FetchRegion {
  const dispatcher = new Agent({ connect: { timeout: CONNECT_MS, lookup: lookUp }, headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });
  return async ({ job, source, partition, from }) => {
    const url = `${source.origin}${regionPath({ job, task: source.task, attempt: source.attempt, partition })}`;
    const answer = await request(url, { dispatcher, headers: { ...headers, range: `bytes=${String(from)}-` } });
    if (answer.statusCode !== 206 && !(answer.statusCode === 200 && from === 0)) {
      await answer.body.dump();
      throw new TaskProblem("unreachable", `${url} answers ${String(answer.statusCode)}`);
    }
    return { bytes: numberIn(answer.headers[REGION_BYTES]), records: numberIn(answer.headers[REGION_RECORDS]), body: answer.body };
  };
}

function numberIn(header: string | string[] | undefined): number {
  const value = Number(header);
  if (header === undefined || !Number.isSafeInteger(value) || value < 0) throw new TaskProblem("unreachable", "that was no region");
  return value;
}
