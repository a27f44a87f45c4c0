// `s3://bucket/key`, percent-encoded where it has to be.
import { TaskProblem } from "../../tasks/task-problem.ts";
import type { ObjectName } from "./s3-client.ts";

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export function objectOf(url: string): ObjectName {
  const [, bucket = "", rest = ""] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(url) ?? [];
  if (!BUCKET.test(bucket)) throw new TaskProblem("badUrl", `${url} is not s3://bucket/key`);
  try {
    return { bucket, key: decodeURIComponent(rest) };
  } catch (error) {
    throw new TaskProblem("badUrl", `${url}: ${(error as Error).message}; % is written %25`, { cause: error });
  }
}

/** With a slash behind it; the whole bucket is the empty one. */
export function folderOf(url: string): ObjectName {
  const { bucket, key } = objectOf(url);
  return { bucket, key: key === "" || key.endsWith("/") ? key : `${key}/` };
}
