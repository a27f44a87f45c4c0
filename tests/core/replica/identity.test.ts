import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import type { Identity } from "../../../core/replica/identity.ts";
import { foundingOf, isNamed, parseIdentity, PLACES_MAX } from "../../../core/replica/identity.ts";

const FOUNDING = {
  cluster: asCluster("c"),
  group: asGroup("1"),
  members: [{ member: asMember("a"), place: { ordinal: 0, address: "127.0.0.1:7401" } }],
};
const UNBORN: Identity = { kind: "unborn", member: asMember("b"), group: asGroup("1"), ordinal: 1 };
const BORN: Identity = { kind: "born", member: asMember("a"), group: asGroup("1"), ordinal: 0, founding: FOUNDING };

test.each([UNBORN, BORN, { ...BORN, kind: "adopted" as const }])("$kind is read back as it was written", (identity) => {
  expect(parseIdentity(JSON.parse(JSON.stringify(identity)))).toEqual(identity);
});

test("a founding names members, not places", () => {
  expect(foundingOf(UNBORN)).toBeNull();
  expect(isNamed(BORN)).toBe(true);
  expect(isNamed({ ...BORN, member: asMember("newcomer") })).toBe(false);
});

test.each<{ name: string; value: unknown }>([
  { name: "nothing", value: null },
  { name: "a list", value: [] },
  { name: "another kind", value: { ...BORN, kind: "grown" } },
  { name: "no member", value: { ...BORN, member: "" } },
  { name: "an endless member", value: { ...BORN, member: "m".repeat(1_000) } },
  { name: "half an ordinal", value: { ...BORN, ordinal: 0.5 } },
  { name: "a founding of another group", value: { ...BORN, founding: { ...FOUNDING, group: "2" } } },
  { name: "a founding by nobody", value: { ...BORN, founding: { ...FOUNDING, members: [] } } },
  {
    name: "a founding by a crowd",
    value: { ...BORN, founding: { ...FOUNDING, members: new Array(PLACES_MAX + 1).fill(FOUNDING.members[0]) } },
  },
  { name: "a founder without a place", value: { ...BORN, founding: { ...FOUNDING, members: [{ member: "a" }] } } },
  { name: "a member that knows of no founding", value: { ...BORN, founding: undefined } },
])("$name is no identity", ({ value }) => {
  expect(parseIdentity(value)).toBeNull();
});
