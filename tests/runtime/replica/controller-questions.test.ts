import { asCluster, asGroup, asIndex, asTerm } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import type { ControllerStateMachine } from "../../../core/shard-controller/controller-state-machine.ts";
import type { FoundingQuestion } from "../../../core/shard-controller/founding-question.ts";
import { foundingQuestionAsJson } from "../../../core/shard-controller/founding-question.ts";
import { decodeConfiguration } from "../../../core/shards/configuration.ts";
import { controllerQuestions } from "../../../runtime/replica/controller-questions.ts";
import type { MemberView } from "../../../runtime/replica/member.ts";
import { addressOf, AskedMachine, foundingMembers, members } from "../../core/shard-controller/groups.ts";

/** A controller whose log is this test: what it takes is applied at once. */
function asking(asked: AskedMachine, isLeader = true): (name: string, body: unknown) => Promise<Outcome<unknown>> {
  const result = (bytes: Uint8Array): Outcome<Reply> => done({ kind: "result", result: bytes, index: asIndex(1), term: asTerm(1) });
  const request = (operation: ClientOperation): Promise<Outcome<Reply>> => {
    if (operation.kind === "read") return Promise.resolve(result(asked.machine.query(operation.query)));
    if (operation.kind !== "write" || !isLeader) return Promise.resolve(refused("notLeader", "another leads"));
    asked.applied++;
    return Promise.resolve(result(asked.machine.apply(operation.command)));
  };
  const life = { cluster: asCluster("c"), host: { request }, machine: asked.machine };
  const member = { life, waiting: { reasons: [], recovery: null }, peerIdentity: null } as unknown as MemberView<ControllerStateMachine>;
  return async (name, body) => (await controllerQuestions(member)[name]?.(body)) ?? refused("notFound", name);
}

const QUESTION: FoundingQuestion = { group: asGroup("1"), cluster: null, ordinal: 1, address: addressOf("1", 1), found: null };
const question = (change: Partial<FoundingQuestion> = {}): unknown => foundingQuestionAsJson({ ...QUESTION, ...change });
const record = (by: string) => ({ cluster: "c", group: "1", members: foundingMembers(by) });

test("without a founding nothing is recorded; with one the first is, and is the answer to all", async () => {
  const asked = new AskedMachine();
  const ask = asking(asked);
  expect(await ask("founding", question())).toEqual(done({ cluster: "c", founding: null }));
  expect(asked.applied).toBe(0);
  expect(await ask("founding", question({ found: foundingMembers("a") }))).toEqual(done({ cluster: "c", founding: record("a") }));
  expect(await ask("founding", question({ found: foundingMembers("b") }))).toEqual(done({ cluster: "c", founding: record("a") }));
  expect(asked.machine.foundings.get(asGroup("1"))?.addresses.get(1)).toEqual(addressOf("1", 1));
});

test("an address that is known is not written again; another one is", async () => {
  const asked = new AskedMachine();
  const ask = asking(asked);
  await ask("founding", question({ found: foundingMembers("a") }));
  const { applied } = asked;
  await ask("founding", question());
  expect(asked.applied).toBe(applied);
  await ask("founding", question({ address: addressOf("elsewhere", 1) }));
  expect(asked.machine.foundings.get(asGroup("1"))?.addresses.get(1)).toEqual(addressOf("elsewhere", 1));
});

test("who belongs to another cluster has nothing recorded, and hears which one this is", async () => {
  const asked = new AskedMachine();
  const foreign = question({ cluster: asCluster("d"), found: foundingMembers("a") });
  expect(await asking(asked)("founding", foreign)).toEqual(done({ cluster: "c", founding: null }));
  expect(asked.applied).toBe(0);
  expect(await asking(asked)("configuration", { cluster: "d", number: null })).toEqual(
    done({ cluster: "c", oldest: 0, latest: 0, configuration: null }),
  );
});

test("a follower says what is known, and sends on what has to be recorded", async () => {
  const asked = new AskedMachine();
  expect(await asking(asked, false)("founding", question({ found: foundingMembers("a") }))).toMatchObject({
    kind: "refused",
    refusal: { code: "notLeader" },
  });
  await asking(asked)("founding", question({ found: foundingMembers("a") }));
  expect(await asking(asked, false)("founding", question())).toEqual(done({ cluster: "c", founding: record("a") }));
});

test("configurations can be had by number", async () => {
  const asked = new AskedMachine();
  asked.apply({ kind: "join", groups: [members("1")] });
  const ask = asking(asked);
  for (const number of [null, 1, 0]) {
    const outcome = (await ask("configuration", { cluster: "c", number })) as { readonly value: { readonly configuration: string } };
    expect(outcome).toMatchObject(done({ cluster: "c", oldest: 0, latest: 1 }));
    expect(decodeConfiguration(Buffer.from(outcome.value.configuration, "base64"))).toEqual(asked.configuration(number));
  }
  expect(await ask("configuration", { cluster: "c", number: 2 })).toEqual(
    done({ cluster: "c", oldest: 0, latest: 1, configuration: null }),
  );
});

test("of a settlement it is said that it is one", async () => {
  const asked = new AskedMachine();
  asked.apply({ kind: "join", groups: [members("1")] });
  const holders = asked.configuration().shards;
  asked.apply({ kind: "settle", number: 1, holders, gone: [], frozenTo: [asGroup("2")] });
  expect(await asking(asked)("configuration", { cluster: "c", number: 2 })).toMatchObject(done({ latest: 2, frozenTo: ["2"] }));
  expect(await asking(asked)("configuration", { cluster: "c", number: 1 })).not.toMatchObject(done({ frozenTo: ["2"] }));
});

test("nonsense is refused", async () => {
  const ask = asking(new AskedMachine());
  for (const body of [null, 7, "x", [], {}, { group: "controllers" }]) {
    expect(await ask("founding", body)).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
  }
  expect(await ask("configuration", { number: -1 })).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
});
