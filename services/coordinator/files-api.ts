// The embedded file store over HTTP. Every coordinator serves it: the files are in the store, and nothing of them here.
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Outcome } from "../../core/base/outcome.ts";
import { refused } from "../../core/base/outcome.ts";
import { whyNoPath } from "../../runtime/files/embedded/file-keys.ts";
import type { FileStore } from "../../runtime/files/embedded/file-store.ts";
import type { StoredFile } from "../../runtime/files/embedded/held.ts";
import { QuotaProblem } from "../../runtime/files/embedded/upload-under-way.ts";
import { refusalResponse, unknownResponse } from "../../runtime/http/error-shape.ts";
import { FILES_PATH } from "../../runtime/http/files-path.ts";
import { sendError } from "../../runtime/http/http-answer.ts";
import { TaskProblem } from "../../runtime/tasks/task-problem.ts";
import { SCHEMAS } from "./job-requests.ts";

type PathParams = { readonly "*": string };
type PathRequest = FastifyRequest<{ Params: PathParams }>;
type ListQuery = { readonly prefix?: string; readonly after?: string; readonly limit?: string };

const UPLOADS_MAX = 16;
const DEFAULT_LIMIT = 1_000;
/** Without a byte for so long an upload is given up. */
const SILENCE_MS = 20_000;

export class FilesApi {
  readonly #files: FileStore;
  #uploads = 0;

  constructor(files: FileStore) {
    this.#files = files;
  }

  addRoutes(app: FastifyInstance): void {
    app.get<{ Querystring: ListQuery }>("/v1/files", { schema: SCHEMAS.files }, (request, reply) => this.#list(request.query, reply));
    void app.register((scope, _options, done) => {
      // The bytes of a file are whatever they are.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, payload, parsed) => parsed(null, payload));
      scope.put<{ Params: PathParams }>(FILES_PATH, { schema: SCHEMAS.nothing }, (request, reply) => this.#put(request, reply));
      scope.get<{ Params: PathParams }>(FILES_PATH, { schema: SCHEMAS.nothing }, (request, reply) => this.#get(request, reply));
      scope.delete<{ Params: PathParams }>(FILES_PATH, { schema: SCHEMAS.nothing }, (request, reply) => this.#remove(request, reply));
      done();
    });
  }

  async #put(request: PathRequest, reply: FastifyReply): Promise<FastifyReply> {
    const path = request.params["*"];
    const why = whyNoPath(path);
    if (why !== null) return sendRefused(reply, refused("badRequest", why));
    if (this.#uploads >= UPLOADS_MAX) return sendRefused(reply, refused("overloaded", `${UPLOADS_MAX} files are being taken here`));
    this.#uploads++;
    try {
      const upload = await this.#files.upload({ job: null, source: bytesOf(request) });
      const file = this.#files.fileOf(path, upload);
      await this.#files.show([file], { mayReplace: true });
      return await reply.send(viewOf(file));
    } catch (error) {
      // Whatever of the body is still under way is nobody's.
      void reply.header("connection", "close");
      return sendProblem(reply, error);
    } finally {
      this.#uploads--;
    }
  }

  async #get(request: PathRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const file = await this.#files.find(request.params["*"]);
      if (file === null) return sendRefused(reply, noFile(request.params["*"]));
      void reply
        .header("content-type", "application/octet-stream")
        .header("content-length", file.length)
        .header("etag", `"${file.upload}"`);
      return await reply.send(file.length === 0 ? "" : Readable.from(this.#files.read(file), { objectMode: false }));
    } catch (error) {
      return sendProblem(reply, error);
    }
  }

  async #list({ prefix = "", after, limit }: ListQuery, reply: FastifyReply): Promise<FastifyReply> {
    try {
      const { files, next } = await this.#files.page(prefix, { after: after ?? null, limit: Number(limit ?? DEFAULT_LIMIT) });
      return await reply.send({ files: files.map(viewOf), next });
    } catch (error) {
      return sendProblem(reply, error);
    }
  }

  async #remove(request: PathRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      return await reply.send({ deleted: await this.#files.remove(request.params["*"]) });
    } catch (error) {
      return sendProblem(reply, error);
    }
  }
}

const noFile = (path: string): Outcome<never> => refused("notFound", `there is no file ${path}`);
const viewOf = ({ path, length, checksum, atMs }: StoredFile) => ({ path, length, checksum, modifiedAt: atMs });

async function* bytesOf({ raw }: FastifyRequest): AsyncGenerator<Uint8Array> {
  const giveUp = (): void => void raw.destroy(new TaskProblem("badInput", `nothing came for ${SILENCE_MS} ms`));
  let timer = setTimeout(giveUp, SILENCE_MS);
  try {
    for await (const piece of raw) {
      clearTimeout(timer);
      yield piece as Uint8Array;
      timer = setTimeout(giveUp, SILENCE_MS);
    }
  } catch (error) {
    throw error instanceof TaskProblem
      ? error
      : new TaskProblem("badInput", `the body broke off: ${(error as Error).message}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function sendRefused(reply: FastifyReply, outcome: Outcome<never>): FastifyReply {
  return sendError(reply, outcome.kind === "refused" ? refusalResponse(outcome.refusal) : unknownResponse("internal"));
}

/** A file is taken by its last write: what came to an end before it is no file. */
function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  if (error instanceof QuotaProblem) return sendRefused(reply, refused("tooLarge", error.message));
  if (!(error instanceof TaskProblem)) throw error;
  if (error.reason !== "unreachable") return sendRefused(reply, refused("badRequest", error.message));
  return sendError(reply, unknownResponse("deadline"));
}
