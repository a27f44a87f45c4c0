import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, unknown } from "../../../core/base/outcome.ts";
import type { FoundingRecord } from "../../../core/replica/identity.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { Controllers } from "../../../runtime/replica/controllers.ts";
import { Registration, whyNotObeyed } from "../../../runtime/replica/registration.ts";
import { addressOf, foundingMembers } from "../../core/shard-controller/groups.ts";
import { eventually } from "../manual-clock.ts";

const GROUP = asGroup("1");
const RECORD: FoundingRecord = { cluster: asCluster("c"), group: GROUP, members: foundingMembers("1") };
const other = (cluster: string): FoundingRecord => ({ ...RECORD, cluster: asCluster(cluster), members: [...RECORD.members].slice(1) });

test.each([
  { name: "its own", answer: { cluster: asCluster("c"), founding: RECORD }, expected: null },
  {
    name: "its own, in another order",
    answer: { cluster: asCluster("c"), founding: { ...RECORD, members: [...RECORD.members].reverse() } },
    expected: null,
  },
  { name: "ones that know of no founding", answer: { cluster: asCluster("c"), founding: null }, expected: null },
  {
    name: "another cluster's",
    answer: { cluster: asCluster("d"), founding: null },
    expected: "the shard controllers belong to cluster d, this member to cluster c: they are not obeyed",
  },
  {
    name: "ones that know another founding",
    answer: { cluster: asCluster("c"), founding: other("c") },
    expected: "the shard controllers know another founding of group 1, by 1-1, 1-2: they are not obeyed",
  },
])("$name: $expected", ({ answer, expected }) => {
  expect(whyNotObeyed(answer, RECORD)).toBe(expected);
});

function registered(answers: readonly Outcome<unknown>[]): { registration: Registration; bodies: unknown[] } {
  const bodies: unknown[] = [];
  const ask = ({ body }: { readonly body: unknown }): Promise<Outcome<unknown>> => {
    bodies.push(body);
    return Promise.resolve(answers[Math.min(bodies.length, answers.length) - 1] ?? unknown("deadline"));
  };
  const controllers = new Controllers({ addresses: ["a:1"], asker: { ask } });
  const self = { group: GROUP, ordinal: 1, cluster: null };
  return { registration: new Registration({ controllers, self, address: addressOf("1", 1), logger: SILENT }), bodies };
}

const answered = (record: FoundingRecord | null): Outcome<unknown> =>
  done(JSON.parse(JSON.stringify({ cluster: record?.cluster ?? "c", founding: record })));

test("a member without a group asks, and says where it is", async () => {
  const { registration, bodies } = registered([answered(RECORD)]);
  const found = [{ member: asMember("m"), place: { ordinal: 0, address: "x:1" } }];
  expect(await registration.ask(found)).toEqual({ cluster: "c", founding: RECORD });
  expect(bodies).toEqual([{ group: "1", ordinal: 1, cluster: null, found, address: [["1-1.:7401", "http://1-1.:7400", null]] }]);
  expect(await registered([unknown("deadline")]).registration.ask(null)).toBeNull();
  expect(await registered([done("nonsense")]).registration.ask(null)).toBeNull();
});

test("a member says where it is until the controllers have it, with the founding that it knows", async () => {
  const { registration, bodies } = registered([unknown("deadline"), answered(RECORD)]);
  registration.start(RECORD);
  expect(registration.isKnown).toBe(false);
  await eventually("the controllers know it", () => registration.isKnown);
  registration.end();
  expect(bodies).toHaveLength(2);
  expect(bodies[1]).toMatchObject({ cluster: "c", found: RECORD.members });
});

test("controllers of another cluster are not obeyed, until they are its own again", async () => {
  const { registration } = registered([answered(other("d")), answered(RECORD)]);
  registration.start(RECORD);
  await eventually("it says so", () => registration.problem !== null);
  expect(registration.isKnown).toBe(false);
  await eventually("it obeys again", () => registration.isKnown);
  registration.end();
});
