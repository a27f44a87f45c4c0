import type { LookupAddress, LookupOptions } from "node:dns";
import { MachineNames } from "../../../runtime/http/machine-names.ts";

const A: LookupAddress = { address: "10.0.0.1", family: 4 };
const B: LookupAddress = { address: "10.0.0.2", family: 4 };
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
  readonly #names = new MachineNames(
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

test("last known addresses are good for a quarter of an hour after the first question that got no answer", async () => {
  const world = new World();
  await world.lookUp("a");
  world.answer = () => failed("EAI_AGAIN");
  world.nowMs = 10_000_000;
  expect(await world.lookUp("a")).toEqual(found([A, B]));
  world.nowMs += 900_001;
  expect(await world.lookUp("a")).toMatchObject({ code: "EAI_AGAIN" });
});

test("a name that is gone is gone, and why there is none is told in the form that was asked for", async () => {
  const world = new World();
  await world.lookUp("a");
  world.answer = () => failed("ENOTFOUND");
  expect(await world.lookUp("a")).toEqual({ code: "ENOTFOUND", addresses: [], family: undefined });
  world.answer = () => failed("EAI_AGAIN");
  expect(await world.lookUp("a")).toMatchObject({ code: "EAI_AGAIN" });
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
