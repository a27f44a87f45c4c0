// `s3:` as a target, against a real server: of each part one attempt, the whole or nothing, and nothing left open; attempts that come too late.
import { join } from "node:path";
import { asJob } from "../../../core/mapreduce/job.ts";
import { S3Client } from "../../../runtime/files/s3/s3-client.ts";
import { S3Inputs } from "../../../runtime/files/s3/s3-inputs.ts";
import { S3Outputs } from "../../../runtime/files/s3/s3-outputs.ts";
import { AnOutput, describeOutput } from "../../runtime/files/an-output.ts";
import { freePortRange } from "../free-ports.ts";
import { installS3Server, S3Server } from "../s3-server.ts";
import type { TestCase } from "../test-case.ts";
import { check } from "../test-case.ts";

const BUCKET = "some-bucket";
/** More than two parts of an upload. */
const LARGE_BYTES = 40 << 20;

export const s3Outputs: TestCase = {
  name: "an output in S3 is whole or not there",
  run: async ({ directory, say }) => {
    const why = await installS3Server();
    if (why !== null) {
      check(process.env["CI"] !== "true", `an S3 server can be installed: ${why}`);
      return say(`left out: moto can't be installed from PyPI (${why})`);
    }
    const server = await S3Server.start(await freePortRange(1));
    try {
      check((await fetch(`${server.endpoint}/${BUCKET}`, { method: "PUT" })).ok, "a bucket is made");
      const credentials = { accessKey: "a", secretKey: "b", sessionToken: null };
      const outputs = new Trial(new S3Client({ endpoint: server.endpoint, region: "us-east-1", credentials }), directory);
      await outputs.oneAttemptCounts();
      await outputs.aFailedJobLeavesNothing();
      await outputs.aLargePartIsTheSame();
    } finally {
      await server.stop();
    }
  },
};

class Trial {
  readonly #client: S3Client;
  readonly #inputs: S3Inputs;
  readonly #directory: string;

  constructor(client: S3Client, directory: string) {
    this.#client = client;
    this.#inputs = new S3Inputs(client);
    this.#directory = directory;
  }

  #output(folder: string, job = "job-1"): AnOutput {
    const description = describeOutput(`s3://${BUCKET}/${folder}`, { id: asJob(job) });
    return new AnOutput(new S3Outputs(this.#client), join(this.#directory, folder), description);
  }

  async oneAttemptCounts(): Promise<void> {
    const output = this.#output("o%20ut");
    await output.check();
    await output.check();
    check((await failure(this.#output("o%20ut", "job-2").check())) === "outputExists", "two jobs can't have one folder");
    const [late, winner, empty] = [
      await output.write(0, 1, { a: "1" }),
      await output.write(0, 2, { a: "2" }),
      await output.write(1, 1, {}),
    ];
    await output.publish(0, 2, winner);
    await output.publish(0, 2, winner);
    const list = () => this.#inputs.list(`s3://${BUCKET}/o%20ut`);
    check((await failure(list())) === "missingInput", "what is still written is no input");
    await output.publish(1, 1, empty);
    const [first, second] = await list();
    check(first?.length === 4 && second?.length === 0, "both parts are there, the empty one, too");
    const read = async (from: number, etag: string | null): Promise<string> => {
      const pieces: Buffer[] = [];
      for await (const piece of this.#inputs.read({ ...first, etag, offset: 0, fileLength: 4 }, from)) pieces.push(piece);
      return Buffer.concat(pieces).toString();
    };
    check(
      (await read(0, first.etag)) === "a\t2\n" && (await read(2, first.etag)) === "2\n" && (await read(4, first.etag)) === "",
      "ranges are read",
    );
    check((await failure(read(0, '"another"'))) === "inputChanged", "a change after the listing is noticed");
    await output.finish(true);
    await output.finish(true);
    await output.publish(0, 2, winner);
    await output.discard(late);
    check((await read(0, first.etag)) === "a\t2\n", "nobody who comes late changes it");
    check((await this.#open()) === 0, "no upload is left open");
  }

  async aFailedJobLeavesNothing(): Promise<void> {
    const output = this.#output("failed");
    await output.check();
    const [first, second] = [await output.write(0, 1, { a: "1" }), await output.write(1, 1, { b: "1" })];
    await output.publish(0, 1, first);
    await output.finish(false);
    check((await failure(output.publish(1, 1, second))) === "badOutput", "what is published after that is refused");
    check((await this.#keys("failed/")).length + (await this.#open()) === 0, "nothing stays of a job that failed");
  }

  async aLargePartIsTheSame(): Promise<void> {
    const output = this.#output("large");
    await output.check();
    const file = await output.write(0, 1, { a: "x".repeat(LARGE_BYTES) });
    await output.publish(0, 1, file);
    const object = await this.#client.head({ bucket: BUCKET, key: "large/part-00000" });
    check(object?.length === file.bytes && file.bytes > LARGE_BYTES, "a part of several pieces is put together");
  }

  async #keys(key: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const objects of this.#client.list({ bucket: BUCKET, key })) keys.push(...objects.map((each) => each.key));
    return keys;
  }

  async #open(): Promise<number> {
    return (await this.#client.uploads({ bucket: BUCKET, key: "" })).length;
  }
}

/** Why it failed; null: it did not. */
async function failure(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    return (error as { readonly reason?: string }).reason ?? String(error);
  }
}
