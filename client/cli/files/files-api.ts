// The embedded file store, at any coordinator. A file is taken whole or not at all, so what was cut off can be sent again.
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { refusalOf } from "../cluster/cluster-api.ts";
import type { Context } from "../cluster/context.ts";
import { fieldsOf, parseJson } from "../json.ts";
import type { Fields } from "../json.ts";
import { Trouble } from "../trouble.ts";

type Ask = { readonly method: "GET" | "PUT" | "DELETE"; readonly path: string; readonly from?: string };

export class FilesApi {
  readonly #endpoints: readonly string[];
  readonly #token: string | null;

  constructor({ local, endpoints, tokens }: Pick<Context, "local" | "endpoints" | "tokens">) {
    this.#endpoints =
      local?.cluster.processes.filter(({ service, pid }) => service === "coordinator" && pid !== null).map(({ http }) => http) ?? endpoints;
    this.#token = tokens.data;
  }

  async put(path: string, from: string): Promise<Fields> {
    return fieldsIn(await this.#demand({ method: "PUT", path: `/v1/files/${encoded(path)}`, from }));
  }

  async remove(path: string): Promise<Fields> {
    return fieldsIn(await this.#demand({ method: "DELETE", path: `/v1/files/${encoded(path)}` }));
  }

  async page(prefix: string, after: string | null): Promise<Fields> {
    const query = new URLSearchParams({ ...(prefix === "" ? {} : { prefix }), ...(after === null ? {} : { after }) });
    return fieldsIn(await this.#demand({ method: "GET", path: `/v1/files?${query.toString()}` }));
  }

  /** `to`: a file of this machine; null: standard output. */
  async get(path: string, to: string | null): Promise<void> {
    const { body } = await this.#demand({ method: "GET", path: `/v1/files/${encoded(path)}` });
    const bytes = body === null ? Readable.from([]) : Readable.fromWeb(body as ReadableStream);
    try {
      await (to === null ? pipeline(bytes, process.stdout, { end: false }) : keepAs(to, bytes));
    } catch (error) {
      throw new Trouble(`${path} broke off: ${(error as Error).message}`, "try again: another coordinator gives the same");
    }
  }

  async #demand(ask: Ask): Promise<Response> {
    for (const endpoint of this.#endpoints) {
      const response = await this.#ask(endpoint, ask);
      if (response?.ok === true) return response;
      if (response !== null) throw refusalOf({ status: response.status, fields: await fieldsIn(response) });
    }
    throw new Trouble("no coordinator answers", "see what runs: flotilla status");
  }

  async #ask(endpoint: string, { method, path, from }: Ask): Promise<Response | null> {
    const length = from === undefined ? {} : { "content-length": String((await stat(from)).size) };
    const headers = { ...length, ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }) };
    try {
      const body = from === undefined ? {} : { body: Readable.toWeb(createReadStream(from)), duplex: "half" };
      return await fetch(new URL(path, endpoint), { method, headers, ...body } as RequestInit);
    } catch {
      return null;
    }
  }
}

const encoded = (path: string): string => path.split("/").map(encodeURIComponent).join("/");
const fieldsIn = async (response: Response): Promise<Fields> => fieldsOf(parseJson(await response.text()));

/** Whole, or not at all. */
async function keepAs(to: string, bytes: Readable): Promise<void> {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    await pipeline(bytes, createWriteStream(temporary));
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}
