import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import type { BirthBody, BirthMessage } from "../../../core/replica/birth-messages.ts";
import { parseBirthMessage } from "../../../core/replica/birth-messages.ts";

const ASK = { asker: asMember("a"), boot: 2, sequence: 9 };
const IDENTITY = { kind: "unborn", member: asMember("b"), group: asGroup("1"), ordinal: 1 } as const;
const BODIES: readonly BirthBody[] = [
  { kind: "ask", ask: ASK, places: 3 },
  { kind: "answer", ask: ASK, identity: IDENTITY, places: 3 },
  { kind: "turnedAway", ask: ASK, why: "because" },
  { kind: "join", member: asMember("b"), cluster: asCluster("c"), ask: ASK },
  { kind: "joinAnswer", member: asMember("b"), accepted: false, removed: false, message: "not now", cluster: null, ask: null },
];
const letter = (body: unknown): unknown => ({ group: "1", from: { ordinal: 1, address: "127.0.0.1:7411" }, body });

test.each(BODIES)("$kind is read back as it was written", (body) => {
  const message = letter(body) as BirthMessage;
  expect(parseBirthMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
});

test.each(BODIES.flatMap((body) => Object.keys(body).map((field) => ({ kind: body.kind, field, body }))))(
  "$kind without $field is nonsense",
  ({ field, body }) => {
    // Older programs don't say which letter they answer, and of which cluster they are.
    const mayLack = body.kind.startsWith("join") && (field === "cluster" || field === "ask");
    expect(parseBirthMessage(letter({ ...body, [field]: undefined })) === null).toBe(!mayLack);
    expect(parseBirthMessage(letter({ ...body, [field]: { odd: true } }))).toBeNull();
  },
);

test.each<{ name: string; value: unknown }>([
  { name: "nothing", value: undefined },
  { name: "a text", value: "ask" },
  { name: "no sender", value: { group: "1", body: BODIES[0] } },
  { name: "a sender without a place", value: { group: "1", from: { ordinal: -1, address: "x" }, body: BODIES[0] } },
  { name: "a kind that every object has", value: letter({ kind: "constructor" }) },
])("$name is nonsense", ({ value }) => {
  expect(parseBirthMessage(value)).toBeNull();
});
