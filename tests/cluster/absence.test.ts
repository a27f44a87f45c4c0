import { inFakeTime } from "../client/fake-time.ts";
import type { Absence } from "./absence.ts";
import { awayFor, untilBack } from "./absence.ts";

type Looking = Pick<Absence, "what" | "isThere"> & { readonly looks: () => number };

/** What is found at one look after the other; then as at the last. */
function looking(...found: readonly boolean[]): Looking {
  let looks = 0;
  const isThere = (): Promise<boolean> => Promise.resolve(found[Math.min(looks++, found.length - 1)] as boolean);
  return { what: "it", isThere, looks: () => looks };
}

const away = (found: Looking): Promise<void> => inFakeTime(() => awayFor({ ...found, forMs: 25_000, withinMs: 3_000 }));

test("what goes and stays away is looked at all the while", async () => {
  const found = looking(true, false, true, false);
  await expect(away(found)).resolves.toBeUndefined();
  expect(found.looks()).toBeGreaterThan(8);
});

test("a command that does nothing fails", async () => {
  await expect(away(looking(true))).rejects.toThrow("it goes away");
});

test("what comes back meanwhile fails", async () => {
  await expect(away(looking(false, false, false, true))).rejects.toThrow("it stays away");
});

test("what is back is back", async () => {
  await expect(inFakeTime(() => untilBack(looking(false, false, true)))).resolves.toBeUndefined();
});
