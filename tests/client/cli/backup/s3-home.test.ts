import { S3Home } from "../../../../client/cli/backup/s3-home.ts";
import type { ObjectName, S3Client } from "../../../../runtime/files/s3/s3-client.ts";

/** As much of S3 as a home needs. */
class FakeS3 {
  readonly objects = new Map<string, Buffer>();
  readonly open = new Map<string, { readonly key: string; readonly parts: Buffer[] }>();
  answersWhenDone = true;
  losesParts = false;
  #uploads = 0;

  beginUpload({ key }: ObjectName): Promise<string> {
    const id = `u${++this.#uploads}`;
    this.open.set(id, { key, parts: [] });
    return Promise.resolve(id);
  }

  uploadPart(_name: ObjectName, { upload, number, bytes }: { upload: string; number: number; bytes: Uint8Array }): Promise<void> {
    if (!this.losesParts || number > 1) this.open.get(upload)?.parts.push(Buffer.from(bytes));
    return Promise.resolve();
  }

  parts(_name: ObjectName, upload: string) {
    return Promise.resolve(this.open.get(upload)?.parts.map((_, i) => ({ number: i + 1, etag: `${i}` })) ?? null);
  }

  completeUpload({ key }: ObjectName, upload: string): Promise<boolean> {
    this.objects.set(key, Buffer.concat(this.open.get(upload)?.parts ?? []));
    this.open.delete(upload);
    return Promise.resolve(this.answersWhenDone);
  }

  abortUpload(_name: ObjectName, upload: string): Promise<void> {
    this.open.delete(upload);
    return Promise.resolve();
  }

  uploads({ key: prefix }: ObjectName) {
    return Promise.resolve([...this.open].map(([upload, { key }]) => ({ key, upload })).filter(({ key }) => key.startsWith(prefix)));
  }

  async *list({ key: prefix }: ObjectName) {
    await Promise.resolve();
    yield [...this.objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ key, length: 0, etag: "" }));
  }

  head({ key }: ObjectName) {
    const object = this.objects.get(key);
    return Promise.resolve(object === undefined ? null : { key, length: object.length, etag: "" });
  }

  remove({ key }: ObjectName): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }
}

let s3: FakeS3;
let home: S3Home;
beforeEach(() => {
  s3 = new FakeS3();
  home = new S3Home({ s3: s3 as unknown as S3Client, folder: { bucket: "bucket", key: "some/" }, partBytes: 4 });
});

async function* pieces(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) {
    await Promise.resolve();
    if (text === "fails") throw new Error("gone");
    expect(s3.objects.size).toBe(0);
    yield Buffer.from(text);
  }
}

test("what is kept is sent in parts, and there once all of them are", async () => {
  expect(await home.keep("b", pieces("one", "two", "three", "!"))).toBe(12);
  expect(s3.objects.get("some/b")?.toString()).toBe("onetwothree!");
  expect([await home.has("b"), await home.has("c"), await home.names()]).toEqual([true, false, ["b"]]);
  expect(home.shown("b")).toBe("s3://bucket/some/b");
});

test("what breaks off leaves neither an object nor an upload behind", async () => {
  await expect(home.keep("b", pieces("one", "two", "fails"))).rejects.toThrow("gone");
  expect([s3.objects.size, s3.open.size]).toEqual([0, 0]);
});

test("a part that the server has lost is no whole backup", async () => {
  s3.losesParts = true;
  await expect(home.keep("b", pieces("one", "two", "three"))).rejects.toThrow("does not have all");
  expect([s3.objects.size, s3.open.size]).toEqual([0, 0]);
});

test("where the answer is lost, what is there counts", async () => {
  s3.answersWhenDone = false;
  expect(await home.keep("b", pieces("one", "two"))).toBe(6);
});

test("uploads that are abandoned are given up, those of others are not", async () => {
  for (const key of ["some/b", "some/c", "other/b"]) await s3.beginUpload({ bucket: "bucket", key });
  await home.removeUnfinished((name) => name === "b");
  expect([...s3.open.values()].map(({ key }) => key)).toEqual(["some/c", "other/b"]);
});
