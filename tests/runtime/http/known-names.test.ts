import type { LookupAddress } from "node:dns";
import type { Addresses, NameSource } from "../../../runtime/http/known-names.ts";
import { KnownNames } from "../../../runtime/http/known-names.ts";

const A: LookupAddress = { address: "10.0.0.1", family: 4 };
const B: LookupAddress = { address: "10.0.0.2", family: 4 };
const SILENT = new Promise<Addresses>(() => undefined);
const failed = (code: string): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));

/** As of the two that there are: one that is believed for a time, and one for as long as there is no other answer. */
const BELIEVED = {
  forATime: { isGone: (failure: unknown) => (failure as NodeJS.ErrnoException).code === "ENOTFOUND", knownForMs: 900_000 },
  always: { isGone: () => false, knownForMs: Infinity },
};

class World {
  nowMs = 0;
  answer: () => Promise<Addresses> = () => Promise.resolve([A, B]);
  readonly asked: string[] = [];
  readonly #names: KnownNames;

  constructor(believed: Pick<NameSource, "isGone" | "knownForMs">) {
    const ask: NameSource["ask"] = (name, { family, hints }) => {
      this.asked.push(`${name} ${family} ${hints}`);
      return this.answer();
    };
    this.#names = new KnownNames({ ...believed, ask }, () => this.nowMs);
  }

  /** The addresses, or why there are none. */
  find(name = "a", wanted = { family: 0, hints: 0 }): Promise<Addresses | string | undefined> {
    return this.#names.addressesOf(name, wanted).catch((error: NodeJS.ErrnoException) => error.code);
  }
}

const ALL = Object.values(BELIEVED);
const ANSWERLESS = [
  { name: "say that they can't tell", answer: () => failed("EAI_AGAIN"), later: "EAI_AGAIN" },
  { name: "are silent", answer: () => SILENT, later: "nothing yet" },
];

test.each(ALL)("a newer answer replaces what was known (for $knownForMs ms)", async (believed) => {
  const world = new World(believed);
  await world.find();
  world.answer = () => Promise.resolve([B]);
  expect(await world.find()).toEqual([B]);
});

test("what is known of a name is known for the family and the hints that were asked for", async () => {
  const world = new World(BELIEVED.always);
  await world.find("a", { family: 4, hints: 0 });
  await world.find("a", { family: 4, hints: 32 });
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.find("a", { family: 4, hints: 32 })).toEqual([A, B]);
  expect(await world.find("a", { family: 6, hints: 32 })).toBe("EAI_AGAIN");
  expect(await world.find("b", { family: 4, hints: 0 })).toBe("EAI_AGAIN");
  expect(world.asked).toEqual(["a 4 0", "a 4 32", "a 4 32", "a 6 32", "b 4 0"]);
});

test.each(ANSWERLESS)("where name servers $name, what was known is good for a quarter of an hour", async ({ answer, later }) => {
  const world = new World(BELIEVED.forATime);
  await world.find();
  // A connection that lasts for hours is no reason to forget where it leads.
  world.nowMs = 10_000_000;
  world.answer = answer;
  expect(await world.find()).toEqual([A, B]);
  world.nowMs += 900_000;
  expect(await world.find()).toEqual([A, B]);
  world.nowMs++;
  const nothing = new Promise((resolve) => setTimeout(resolve, 400, "nothing yet"));
  expect(await Promise.race([world.find(), nothing])).toBe(later);
});

test.each(ANSWERLESS)("where name servers $name, what is always believed is so after days", async ({ answer }) => {
  const world = new World(BELIEVED.always);
  await world.find();
  world.answer = answer;
  await world.find();
  world.nowMs = 1_000_000_000;
  expect(await world.find()).toEqual([A, B]);
});

test("a name that is gone is gone, and one that nobody knew is not known", async () => {
  const world = new World(BELIEVED.forATime);
  await world.find();
  world.answer = () => failed("ENOTFOUND");
  expect(await world.find()).toBe("ENOTFOUND");
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.find()).toBe("EAI_AGAIN");
  expect(await world.find("b")).toBe("EAI_AGAIN");
});

test.each(ALL)("it takes a quarter of a second, and what was answered late is known afterwards (for $knownForMs ms)", async (believed) => {
  const world = new World(believed);
  await world.find();
  let end = (): void => undefined;
  world.answer = () => new Promise((resolve) => (end = () => resolve([B])));
  const startMs = performance.now();
  expect(await world.find()).toEqual([A, B]);
  expect(performance.now() - startMs).toBeLessThan(1_400);
  end();
  await new Promise((resolve) => setImmediate(resolve));
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.find()).toEqual([B]);
});
