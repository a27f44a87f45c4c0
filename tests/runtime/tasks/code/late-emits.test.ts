// Without isolation nobody takes the other threads of a process away from job code: a late emit is noticed as long as the attempt goes on.
import { definedJob } from "../../../../runtime/tasks/code/defined-job.ts";
import { FileOutputs } from "../../../../runtime/files/file-outputs.ts";
import type { OutputKind } from "../../../../runtime/files/outputs.ts";
import { Outputs } from "../../../../runtime/files/outputs.ts";
import { Roots } from "../../../../runtime/files/roots.ts";
import type { Emit, JobRecord } from "../../../../core/mapreduce/job-functions.ts";
import { TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

/** Writing takes until something has happened. */
function filesAfter(happened: Promise<void>): OutputKind {
  const files = new FileOutputs(new Roots([folder.path]));
  return {
    check: (assignment) => files.check(assignment),
    begin: async (assignment) => {
      const writer = await files.begin(assignment);
      const finish = (): ReturnType<typeof writer.finish> => happened.then(() => writer.finish());
      return { write: (bytes) => writer.write(bytes), finish, abort: () => writer.abort() };
    },
    publish: (assignment) => files.publish(assignment),
    finish: (assignment) => files.finish(assignment),
    discard: (file) => files.discard(file),
  };
}

test("what a reduce emits behind a digest in another thread fails it, although all keys were done by then", async () => {
  let digested = (): void => undefined;
  const isDigested = new Promise<void>((resolve) => void (digested = resolve));
  folder.input("text", "a\n");
  const functions = definedJob({
    default: {
      map: ({ value }: JobRecord, emit: Emit) => emit(value),
      reduce: (key: string, _values: unknown, emit: Emit) =>
        void crypto.subtle
          .digest("SHA-256", new Uint8Array(10 << 20))
          .then(() => emit(key))
          .catch(() => digested()),
    },
  });
  const run = folder.run(
    { program: { kind: "code", hash: "" }, reduces: 1, options: { isolation: "none" } },
    { importCode: () => Promise.resolve(functions), outputs: new Outputs({ file: filesAfter(isDigested) }) },
  );
  await expect(run).rejects.toMatchObject({
    reason: "threw",
    message: expect.stringContaining("`reduce` emitted when it had returned") as string,
  });
});
