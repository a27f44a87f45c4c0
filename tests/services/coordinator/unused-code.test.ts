import { endedLine, liveLine } from "../../../core/coordinator/index-line.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import { programName } from "../../../core/coordinator/view.ts";
import { codeKey, descriptionKey, indexKey } from "../../../core/mapreduce/job-keys.ts";
import { KeyValues } from "../../../runtime/files/store/key-values.ts";
import { hashOf } from "../../../services/coordinator/job-requests.ts";
import { UnusedCode } from "../../../services/coordinator/unused-code.ts";
import { MemoryStore } from "../../runtime/files/memory-store.ts";

const MINUTE = 60_000;
let store: MemoryStore;
let kv: KeyValues;
let unused: UnusedCode;
beforeEach(() => {
  store = new MemoryStore();
  kv = new KeyValues(store);
  unused = new UnusedCode(kv);
});

const program = (code: string) => ({ kind: "code", hash: hashOf(code) }) as const;
const putCode = (code: string): Promise<void> => kv.put(codeKey(hashOf(code)), code);

async function putJob(id: string, code: string): Promise<void> {
  await kv.put(descriptionKey(id), JSON.stringify({ program: program(code) }));
  await kv.put(indexKey(id), liveLine(`${id}.000000000001`));
}

const kept = (): readonly string[] => {
  const codes = ["a", "b", "c"];
  return codes.filter((code) => store.keys("{code:").includes(codeKey(hashOf(code))));
};

test("code that no job has any more is removed after a while; that of jobs that go on, or are kept, stays", async () => {
  for (const code of ["a", "b", "c"]) await putCode(code);
  await kv.put("{code:of somebody else}", "x");
  await putJob("live", "a");
  await kv.put(indexKey("ended"), endedLine({ program: programName(program("b")) } as JobView));
  expect(await unused.remove(0)).toBe(0);
  expect(await unused.remove(9 * MINUTE)).toBe(0);
  expect(await unused.remove(10 * MINUTE)).toBe(1);
  expect([kept(), store.keys("{code:of")]).toEqual([["a", "b"], ["{code:of somebody else}"]]);
  await kv.remove([indexKey("ended"), indexKey("live")]);
  await unused.remove(20 * MINUTE);
  expect(kept()).toEqual(["a", "b"]);
  expect(await unused.remove(30 * MINUTE)).toBe(2);
});

test("code that is submitted again is as new, whichever coordinator takes it", async () => {
  await putCode("a");
  const other = new UnusedCode(kv);
  await unused.remove(0);
  await other.remove(0);
  expect(await other.remove(10 * MINUTE)).toBe(1);
  await putCode("a");
  expect(await unused.remove(10 * MINUTE)).toBe(0);
  expect(await unused.remove(19 * MINUTE)).toBe(0);
  await putJob("j", "a");
  expect(await unused.remove(40 * MINUTE)).toBe(0);
  expect(kept()).toEqual(["a"]);
});

test("a job that is submitted while its code is about to be removed has its code, whenever it comes", async () => {
  for (let moment = 1; moment <= 4; moment++) {
    await putCode("a");
    await unused.remove(0);
    const scanPage = store.scanPage.bind(store);
    let asked = 0;
    const submit = async (): Promise<void> => {
      if (++asked !== moment) return;
      await putCode("a");
      await putJob("j", "a");
      await putCode("a");
    };
    store.scanPage = async (...question) => {
      await submit();
      return scanPage(...question);
    };
    store.beforeWrite = async (keys) => {
      if (keys.length === 2) await submit();
    };
    await unused.remove(10 * MINUTE);
    store.beforeWrite = () => undefined;
    store.scanPage = scanPage;
    await submit();
    expect([moment, kept()]).toEqual([moment, ["a"]]);
    await kv.remove([indexKey("j")]);
  }
});

test("a submission that was so slow that its code was removed has written it again once there is the job", async () => {
  await putCode("a");
  await unused.remove(0);
  await unused.remove(10 * MINUTE);
  expect(kept()).toEqual([]);
  await putJob("j", "a");
  await putCode("a");
  await unused.remove(20 * MINUTE);
  await unused.remove(30 * MINUTE);
  expect(kept()).toEqual(["a"]);
});
