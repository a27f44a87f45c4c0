import type { LookupAddress, LookupOptions } from "node:dns";
import { KnownNames } from "../../../runtime/http/known-names.ts";

const A: LookupAddress = { address: "10.0.0.1", family: 4 };
const B: LookupAddress = { address: "10.0.0.2", family: 4 };
const SILENT = new Promise<readonly LookupAddress[]>(() => undefined);
const failed = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

type Answer = {
  readonly code: string | undefined;
  readonly addresses: string | readonly LookupAddress[];
  readonly family: number | undefined;
};

class World {
  nowMs = 0;
  answer: (name: string) => Promise<readonly LookupAddress[]> = () => Promise.resolve([A, B]);
  readonly asked: string[] = [];
  readonly #names = new KnownNames(
    (name, { family, hints }) => {
      this.asked.push(hints === 0 ? `${name} ${family}` : `${name} ${family} ${hints}`);
      return this.answer(name);
    },
    () => this.nowMs,
  );

  lookUp(name: string, options: LookupOptions = { all: true }): Promise<Answer> {
    return new Promise((resolve) => {
      this.#names.lookUp(name, options, (error, addresses, family) => resolve({ code: error?.code, addresses, family }));
    });
  }
}

const found = (addresses: readonly LookupAddress[]): Answer => ({ code: undefined, addresses, family: undefined });

test("an answer has the form that was asked for: all addresses, or the first", async () => {
  const world = new World();
  expect(await world.lookUp("a")).toEqual(found([A, B]));
  expect(await world.lookUp("a", { family: 4 })).toEqual({ code: undefined, addresses: "10.0.0.1", family: 4 });
  expect(await world.lookUp("a", { family: "IPv6", all: true })).toEqual(found([A, B]));
  await world.lookUp("a", { all: true, hints: 32 });
  expect(world.asked).toEqual(["a 0", "a 4", "a 6", "a 0 32"]);
});

test("a newer answer replaces what was known", async () => {
  const world = new World();
  await world.lookUp("a");
  world.answer = () => Promise.resolve([B]);
  expect(await world.lookUp("a")).toEqual(found([B]));
});

test.each([
  { name: "say that they can't tell", answer: () => failed("EAI_AGAIN"), later: "EAI_AGAIN" },
  { name: "are silent", answer: () => SILENT, later: "nothing yet" },
])("where name servers $name, the last known addresses stay good, for a quarter of an hour", async ({ answer, later }) => {
  const world = new World();
  await world.lookUp("a");
  // A connection that lasts for hours is no reason to forget where it leads.
  world.nowMs = 10_000_000;
  world.answer = answer;
  expect(await world.lookUp("a")).toEqual(found([A, B]));
  world.nowMs += 900_000;
  expect(await world.lookUp("a")).toEqual(found([A, B]));
  world.nowMs++;
  const nothing = new Promise((resolve) => setTimeout(resolve, 400, "nothing yet"));
  expect(await Promise.race([world.lookUp("a").then(({ code }) => code), nothing])).toBe(later);
});

test("a name that is gone is gone, and one that nobody knew is not known", async () => {
  const world = new World();
  await world.lookUp("a");
  world.answer = () => failed("ENOTFOUND");
  expect(await world.lookUp("a")).toEqual({ code: "ENOTFOUND", addresses: [], family: undefined });
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.lookUp("a")).toMatchObject({ code: "EAI_AGAIN" });
  expect(await world.lookUp("b")).toEqual({ code: "EAI_AGAIN", addresses: [], family: undefined });
  expect(await world.lookUp("b", {})).toMatchObject({ code: "EAI_AGAIN", addresses: "" });
});

test("a name is asked about once at a time, and two names at once: silence takes no more threads than that", async () => {
  const world = new World();
  const ends: (() => void)[] = [];
  world.answer = () => new Promise((resolve) => ends.push(() => resolve([A])));
  const looks = ["a", "a", "b", "c", "d"].map((name) => world.lookUp(name));
  expect(world.asked).toEqual(["a 0", "b 0"]);
  for (let i = 0; i < 4; i++) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(world.asked).toEqual(["a 0", "b 0", "c 0", "d 0"]);
  expect(await Promise.all(looks)).toEqual(looks.map(() => found([A])));
});

test("what was answered late is known afterwards", async () => {
  const world = new World();
  await world.lookUp("a");
  let end = (): void => undefined;
  world.answer = () => new Promise((resolve) => (end = () => resolve([B])));
  expect(await world.lookUp("a")).toEqual(found([A, B]));
  end();
  await new Promise((resolve) => setImmediate(resolve));
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.lookUp("a")).toEqual(found([B]));
});
