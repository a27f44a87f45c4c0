// Files of an embedded store as tests write and read them.
import { Readable } from "node:stream";
import type { FileStore } from "../../../../runtime/files/embedded/file-store.ts";

export async function putFile(files: FileStore, path: string, content: string | Buffer): Promise<void> {
  const upload = await files.upload({ job: null, source: Readable.from([Buffer.from(content as string)]) });
  await files.show([files.fileOf(path, upload)], { mayReplace: true });
}

export async function textOfFile(files: FileStore, path: string, from = 0): Promise<string | null> {
  const file = await files.find(path);
  if (file === null) return null;
  const pieces: Buffer[] = [];
  for await (const piece of files.read(file, from)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A source that gives so many bytes, and then nothing for ever. */
export function pausing(bytes: number): { readonly source: AsyncGenerator<Buffer>; readonly paused: Promise<void> } {
  let pause = (): void => undefined;
  const paused = new Promise<void>((resolve) => (pause = resolve));
  async function* source(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(bytes);
    pause();
    await new Promise(() => undefined);
  }
  return { source: source(), paused };
}
