// Is only type-checked, where the package is installed: what a program gets from each call, and what it can't do.
import type { Entry, Lock, Outcome, Store } from "flotilla";
import { connect, op, RefusedError, UnknownOutcomeError } from "flotilla";

export async function sample(signal: AbortSignal): Promise<unknown> {
  const store: Store = await connect({ endpoint: "http://127.0.0.1:7410", token: "t", signal });
  const entry: Entry | null = await store.get(new Uint8Array([1]), { consistency: "stale" });
  const sum: bigint = (await store.increment("n", 2n)).value;
  const outcome: Outcome<{ readonly version: number }> = await store.outcome.put("k", "v", { ifVersion: 0, ttlMs: 5 });
  const [put, got] = await store.batch([op.put("a", "1"), op.get("b")]);
  const text: string | undefined = got.kind === "done" ? got.value?.text : undefined;
  const txn = await store.txn({ compare: [{ key: "a", version: 1 }], then: [op.increment("a")], else: [op.get("a")] });
  const either: bigint | Entry | null = txn.succeeded ? txn.results[0].value : txn.results[0];
  const lock: Lock = await store.lock("l", { ttlMs: 1_000 });
  for await (const { keyText } of store.scan("p")) if (keyText === text) break;
  // @ts-expect-error Numbers are no amounts: they would not pass exactly.
  await store.increment("n", 2);
  // @ts-expect-error A put has no value to read.
  if (put.kind === "done") console.log(put.value.text);
  // @ts-expect-error Which results there are is known only by who succeeded.
  console.log(txn.results[0].text);
  // @ts-expect-error A comparison compares something.
  await store.txn({ compare: [{ key: "a" }] });
  try {
    await lock.release();
  } catch (error) {
    if (error instanceof RefusedError) return error.code === "versionMismatch" ? error.details["version"] : error.message;
    if (error instanceof UnknownOutcomeError) return error.after;
  }
  return [entry, sum, outcome, either];
}
