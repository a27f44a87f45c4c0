import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedOutputs } from "../../../runtime/files/embedded/embedded-outputs.ts";
import { FileStore } from "../../../runtime/files/embedded/file-store.ts";
import type { OutputKind } from "../../../runtime/files/outputs.ts";
import { S3Outputs } from "../../../runtime/files/s3/s3-outputs.ts";
import { KeyValues } from "../../../runtime/files/store/key-values.ts";
import { KvOutputs } from "../../../runtime/files/store/kv-outputs.ts";
import { AnOutput, describeOutput } from "./an-output.ts";
import { MemoryStore } from "./memory-store.ts";
import { MemoryS3 } from "./s3/memory-s3.ts";

let directory: string;
let s3: MemoryS3;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "local-part-"));
  s3 = await MemoryS3.started();
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await s3.stop();
});

const kv = (): KeyValues => new KeyValues(new MemoryStore());
const KINDS: Readonly<Record<string, () => OutputKind>> = {
  "s3://some-bucket/out": () => new S3Outputs(s3.client()),
  "files:out": () => new EmbeddedOutputs(new FileStore({ kv: kv(), quotaBytes: 1 << 20 })),
  "kv:out/": () => new KvOutputs(kv()),
};

test.each(Object.keys(KINDS))("a part of %s says how much of it has been sent, piece by piece", async (url) => {
  const output = new AnOutput((KINDS[url] as () => OutputKind)(), directory, describeOutput(url));
  await output.check();
  const sent: number[] = [];
  output.onSent = (more) => Promise.resolve(void sent.push(more));
  const { bytes } = await output.write(0, 1, { a: "x".repeat(300_000) });
  expect(sent.reduce((sum, each) => sum + each, 0)).toBe(bytes);
  if (!url.startsWith("s3:")) expect(sent.length).toBeGreaterThan(1);
});
