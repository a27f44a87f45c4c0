import { FileStore } from "../../../runtime/files/embedded/file-store.ts";
import { KeyValues } from "../../../runtime/files/store/key-values.ts";
import { Sweeping } from "../../../services/coordinator/sweeping.ts";
import { MemoryStore } from "../../runtime/files/memory-store.ts";
import { putFile } from "../../runtime/files/embedded/written-files.ts";

afterEach(() => jest.useRealTimers());

test.each([
  { name: "who has the jobs counts what the file store has", isElected: true, counted: 3 },
  { name: "others leave it alone", isElected: false, counted: 10 },
])("$name", async ({ isElected, counted }) => {
  const kv = new KeyValues(new MemoryStore());
  const files = new FileStore({ kv, quotaBytes: 100 });
  await putFile(files, "f", "abc");
  await kv.put("{files}:bytes", "10");
  jest.useFakeTimers();
  const told: string[] = [];
  const logger = { info: () => undefined, warn: (_fields: unknown, message: string) => void told.push(message) } as never;
  const sweeping = new Sweeping({ kv, files, election: { isElected }, logger });
  sweeping.start();
  await jest.advanceTimersByTimeAsync(60_000);
  sweeping.stop();
  expect(await files.bytes()).toBe(counted);
  expect(told).toEqual(isElected ? ["the sum of the file store lacked -7 bytes, and is right again"] : []);
});
