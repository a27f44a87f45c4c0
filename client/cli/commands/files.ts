// `flotilla files …`: the embedded file store, for the inputs and outputs of jobs that are not large.
import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";
import { findContext } from "../cluster/context.ts";
import { servedBy } from "../cluster/serving.ts";
import { environment } from "../config.ts";
import { FilesApi } from "../files/files-api.ts";
import type { Command } from "../grammar/command.ts";
import { CLUSTER_FLAGS } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import { bytesText } from "../jobs/job-lines.ts";
import { counted, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

const PATH = { name: "PATH", meaning: "where it is in the store; jobs call it files:PATH" } as const;

const put: Command = {
  name: "files put",
  summary: "put a file into the cluster",
  details: "Readers see it whole, or what was there before. For more than a few hundred megabytes use s3:.",
  arguments: [
    { name: "FILE", meaning: "of this machine" },
    { ...PATH, isOptional: true },
  ],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla files put book.txt books/one.txt", meaning: "a job reads it as files:books" }],
  run: async (given, output) => {
    const from = given.argument("FILE");
    if (!existsSync(from) || !statSync(from).isFile()) throw new UsageError(`${from} is no file`);
    const fields = await (await apiOf(given)).put(given.optional("PATH") ?? basename(from), from);
    output.result(fields, () => `files:${String(fields["path"])} · ${bytesText(Number(fields["length"]))}`);
    return CODES.done;
  },
};

const get: Command = {
  name: "files get",
  summary: "read a file of the cluster",
  arguments: [PATH, { name: "FILE", meaning: "of this machine; without, standard output", isOptional: true }],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla files get counts/part-00000", meaning: "what a job has written" }],
  run: async (given) => {
    await (await apiOf(given)).get(given.argument("PATH"), given.optional("FILE"));
    return CODES.done;
  },
};

const list: Command = {
  name: "files ls",
  summary: "list the files of the cluster",
  arguments: [{ name: "PREFIX", meaning: "what their paths begin with; without: all", isOptional: true }],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla files ls counts/", meaning: "the parts of an output" }],
  run: async (given, output) => {
    const api = await apiOf(given);
    const files: Readonly<Record<string, unknown>>[] = [];
    let after: string | null = null;
    do {
      const page: Readonly<Record<string, unknown>> = await api.page(given.optional("PREFIX") ?? "", after);
      files.push(...(page["files"] as readonly Readonly<Record<string, unknown>>[]));
      after = page["next"] as string | null;
    } while (after !== null);
    const total = files.reduce((sum, { length }) => sum + Number(length), 0);
    output.result({ files }, () =>
      files.length === 0
        ? "there is no such file"
        : `${table(files.map(({ path, length }) => [String(path), bytesText(Number(length))]))}\n${counted(files.length, "file")}, ${bytesText(total)}`,
    );
    return CODES.done;
  },
};

const remove: Command = {
  name: "files rm",
  summary: "remove a file from the cluster",
  arguments: [PATH],
  flags: CLUSTER_FLAGS,
  examples: [{ command: "flotilla files rm books/one.txt", meaning: "whoever reads it just now still gets all of it" }],
  run: async (given, output) => {
    const path = given.argument("PATH");
    const fields = await (await apiOf(given)).remove(path);
    if (fields["deleted"] !== true) throw new Trouble(`there is no file ${path}`, "see what there is: flotilla files ls");
    output.result(fields, () => `removed ${path}`);
    return CODES.done;
  },
};

export const FILE_COMMANDS: readonly Command[] = [put, get, list, remove];

async function apiOf(given: Given): Promise<FilesApi> {
  return new FilesApi(await servedBy("coordinator", findContext(given, { environment, workingDirectory: process.cwd() })));
}
