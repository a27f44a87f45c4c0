// The embedded file store in the store. What a transaction joins has one hash tag; the bytes are spread over all shards.
//
//   {files}:file:PATH            a file that readers see: its upload, its length, its checksum
//   {files}:held:UPLOAD          chunks that belong to no file (yet, or any more), since when, why, and how many bytes
//   {files}:held:ready-RUN       an entry like those; its version says how many parts of the job's output are ready
//   {files}:bytes                of all files together, and of all that is held
//   flotilla/file-chunks/ID/N    the bytes of an upload; never written twice
import { TaskProblem } from "../../tasks/task-problem.ts";

export const FILE_PREFIX = "{files}:file:";
export const HELD_PREFIX = "{files}:held:";
export const BYTES_KEY = "{files}:bytes";
const PATH_BYTES_MAX = 900;
const CHUNK_DIGITS = 8;

export const fileKey = (path: string): string => `${FILE_PREFIX}${path}`;
export const heldKey = (upload: string): string => `${HELD_PREFIX}${upload}`;
export const chunksOf = (upload: string): string => `flotilla/file-chunks/${upload}/`;
export const chunkKey = (upload: string, chunk: number): string => `${chunksOf(upload)}${String(chunk).padStart(CHUNK_DIGITS, "0")}`;

/** Null: it is one. */
export function whyNoPath(path: string): string | null {
  if (path === "" || Buffer.byteLength(path) > PATH_BYTES_MAX) return `a path has 1 to ${String(PATH_BYTES_MAX)} bytes`;
  if (path.split("/").some((part) => part === "" || part === "." || part === ".."))
    return "a path has no empty parts, and none that are . or ..";
  return /\p{Cc}/u.test(path) ? "a path has no control characters" : null;
}

/** `files:books/a.txt`, percent-encoded where it has to be. Of a folder, without the slash behind it. */
export function pathOf(url: string): string {
  const complain = (message: string, cause?: unknown): TaskProblem => new TaskProblem("badUrl", `${url}: ${message}`, { cause });
  let path: string;
  try {
    path = decodeURIComponent(url.replace(/^files:\/*/, "").replace(/\/$/, ""));
  } catch (error) {
    throw complain(`${(error as Error).message}; % is written %25`, error);
  }
  const why = whyNoPath(path);
  if (why !== null) throw complain(why);
  return path;
}

export const urlOf = (path: string): string => `files:${path.split("/").map(encodeURIComponent).join("/")}`;
