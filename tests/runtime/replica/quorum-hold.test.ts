import { done, unknown } from "../../../core/base/outcome.ts";
import type { Asking } from "../../../runtime/peers/peer-asker.ts";
import type { OtherVoter } from "../../../runtime/replica/quorum-hold.ts";
import { holdForQuorum, mayLeave } from "../../../runtime/replica/quorum-hold.ts";
import { inFakeTime } from "../../client/fake-time.ts";

type Standing = "stays" | "leaves" | "gone" | "catchesUp";
const STANDINGS: Readonly<Record<Standing, OtherVoter["standing"]>> = {
  stays: { serves: true, leaves: false },
  leaves: { serves: true, leaves: true },
  gone: null,
  catchesUp: { serves: false, leaves: false },
};

test.each<{ name: string; ordinal: number; others: Readonly<Record<number, Standing>>; may: boolean }>([
  { name: "the others stay", ordinal: 1, others: { 0: "stays", 2: "stays" }, may: true },
  { name: "another one is gone", ordinal: 1, others: { 0: "gone", 2: "stays" }, may: false },
  { name: "another one is back and not a voter again", ordinal: 1, others: { 0: "catchesUp", 2: "stays" }, may: false },
  { name: "a lower place leaves, too", ordinal: 1, others: { 0: "leaves", 2: "stays" }, may: false },
  { name: "a higher place leaves, too", ordinal: 0, others: { 1: "leaves", 2: "stays" }, may: true },
  { name: "all leave", ordinal: 2, others: { 0: "leaves", 1: "leaves" }, may: true },
  { name: "all leave, and some have left", ordinal: 2, others: { 0: "gone", 1: "leaves" }, may: true },
  { name: "nobody else is there", ordinal: 2, others: { 0: "gone", 1: "gone" }, may: true },
  { name: "it is alone", ordinal: 0, others: {}, may: true },
  { name: "two are a majority of two only together", ordinal: 0, others: { 1: "stays" }, may: true },
  { name: "one of five is gone", ordinal: 0, others: { 1: "gone", 2: "stays", 3: "stays", 4: "stays" }, may: true },
  { name: "two of five are gone", ordinal: 0, others: { 1: "gone", 2: "gone", 3: "stays", 4: "stays" }, may: false },
])("$name: $may", ({ ordinal, others, may }) => {
  const voters = Object.entries(others).map(([place, standing]) => ({ ordinal: Number(place), standing: STANDINGS[standing] }));
  expect(mayLeave(ordinal, voters)).toBe(may);
});

const STANDING = { cluster: "c", group: "1", member: "m", term: 1, lastIndex: 1, leader: "m", serves: true, leaves: false };
const PLACES = [1, 2].map((ordinal) => ({ ordinal, address: `10.0.0.${ordinal}:7401` }));

test("it waits until another one is back, says so once, and serves nobody's answer for another group's", async () => {
  let asked = 0;
  const said: string[] = [];
  const ask = async ({ address }: Asking) => {
    asked += 1;
    if (address.startsWith("10.0.0.1")) return Promise.resolve(done(STANDING));
    if (asked < 3) return Promise.resolve(unknown("connectionLost"));
    return Promise.resolve(done({ ...STANDING, group: asked < 5 ? "2" : "1" }));
  };
  const options = { asker: { ask }, group: "1", ordinal: 0, otherVoters: () => PLACES, onHold: (message: string) => said.push(message) };
  await holdForQuorum(options, new AbortController().signal);
  expect(asked).toBe(6);
  expect(said).toEqual(["group 1 would lose its majority: waiting until another member is back"]);
});

const LEAVES = { ...STANDING, leaves: true };

/** What a member of a higher place says at one look after the other, and then goes on to say; how many looks it took. */
async function looksAt(...says: readonly (typeof STANDING | null)[]): Promise<number> {
  let looks = 0;
  const ask = ({ address }: Asking) => {
    if (!address.startsWith("10.0.0.1")) return Promise.resolve(done(STANDING));
    const said = says[Math.min(looks++, says.length - 1)] ?? null;
    return Promise.resolve(said === null ? unknown("connectionLost") : done(said));
  };
  const options = { asker: { ask }, group: "1", ordinal: 0, otherVoters: () => PLACES, onHold: () => undefined };
  await inFakeTime(() => holdForQuorum(options, new AbortController().signal));
  return looks;
}

test("whoever counts on one that leaves, too, looks again: that one may have decided before it knew", async () => {
  expect(await looksAt(STANDING)).toBe(1);
  expect(await looksAt(LEAVES)).toBe(2);
  expect(await looksAt(LEAVES, { ...LEAVES, serves: false }, null, null, STANDING)).toBe(5);
  expect(await looksAt(LEAVES, null, LEAVES, LEAVES)).toBe(4);
});

test("it waits no longer than it may", async () => {
  const ask = async () => Promise.resolve(unknown("connectionLost"));
  const asker = { ask: async (asking: Asking) => (asking.address.startsWith("10.0.0.1") ? Promise.resolve(done(STANDING)) : ask()) };
  const options = { asker, group: "1", ordinal: 0, otherVoters: () => PLACES, onHold: () => undefined };
  await holdForQuorum(options, AbortSignal.timeout(50));
});
