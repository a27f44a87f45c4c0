import { asCluster, asGroup, asIndex, asTerm } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { CompanionQuestion } from "../../../core/replica/companion.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { decodeGroupCommand, encodeGroupCommand, encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { Asking } from "../../../runtime/peers/peer-asker.ts";
import { Controllers } from "../../../runtime/replica/controllers.ts";
import type { LocalGroup } from "../../../runtime/replica/group-desk.ts";
import { GroupDesk } from "../../../runtime/replica/group-desk.ts";

const QUERY = encodeGroupQuery({ kind: "configuration", number: 3 });
const FREEZE = encodeGroupCommand({ kind: "freeze", shard: 1, number: 2 });

type Answers = (asking: Asking) => Outcome<unknown> | Promise<Outcome<unknown>>;

class Desk {
  readonly asked: Asking[] = [];
  readonly operations: ClientOperation[] = [];
  readonly desk: GroupDesk;

  constructor({
    answers = () => unknown("connectionLost"),
    outcome = done(result("answer")),
    controllers = [],
    isBorn = true,
    cluster = "c",
  }: Options = {}) {
    const local: LocalGroup = {
      configNumber: 5,
      leader: "b:1",
      request: (operation) => {
        this.operations.push(operation);
        return Promise.resolve(outcome);
      },
    };
    const asker = {
      ask: async (asking: Asking): Promise<Outcome<unknown>> => {
        this.asked.push(asking);
        return JSON.parse(JSON.stringify(await answers(asking))) as Outcome<unknown>;
      },
    };
    this.desk = new GroupDesk({
      group: asGroup("2"),
      cluster: () => asCluster(cluster),
      asker,
      clock: systemClock,
      controllers: new Controllers({ addresses: controllers, asker }),
      local: () => (isBorn ? local : null),
    });
  }

  ask(question: CompanionQuestion, timeoutMs = 1_000): Promise<{ outcome: Outcome<Uint8Array>; configNumber: number | null }> {
    return new Promise((resolve) => {
      this.desk.ask({ kind: "ask", ask: 1, question, timeoutMs }, (outcome, configNumber) => resolve({ outcome, configNumber }));
    });
  }
}

type Options = { answers?: Answers; outcome?: Outcome<Reply>; controllers?: readonly string[]; isBorn?: boolean; cluster?: string };

function result(text: string): Reply {
  return { kind: "result", result: utf8(text), index: asIndex(1), term: asTerm(1) };
}

const toGroup = (kind: "read" | "write", bytes: Uint8Array): CompanionQuestion => ({
  to: "group",
  group: asGroup("2"),
  peers: ["a:1", "b:1", "c:1"],
  operation: { kind, bytes },
  elsewhere: false,
});

test("what one desk asks the other answers, with the configuration that its group has", async () => {
  const there = new Desk();
  const here = new Desk({ answers: ({ body }) => there.desk.answer(body) });
  expect(await here.ask(toGroup("read", QUERY))).toEqual({ outcome: done(utf8("answer")), configNumber: 5 });
  expect(await here.ask(toGroup("write", FREEZE))).toMatchObject({ configNumber: 5 });
  expect(there.operations).toMatchObject([
    { kind: "read", consistency: "stale" },
    { kind: "write", session: null },
  ]);
});

test("one member after the other is asked, the leader first once it is known, and remembered", async () => {
  const there = new Desk();
  const follower = new Desk({ outcome: refused("notLeader", "b leads") });
  const here = new Desk({
    answers: ({ address, body }) =>
      address === "a:1" ? follower.desk.answer(body) : address === "b:1" ? there.desk.answer(body) : unknown("connectionLost"),
  });
  expect(await here.ask(toGroup("write", FREEZE))).toMatchObject({ outcome: { kind: "done" } });
  expect(await here.ask(toGroup("read", QUERY))).toMatchObject({ outcome: { kind: "done" } });
  expect(here.asked.map(({ address }) => address)).toEqual(["a:1", "b:1", "b:1"]);
});

test("whoever is just answering has all the time that is left, and whoever says nothing a part of it", async () => {
  const there = new Desk();
  const here = new Desk({ answers: ({ body }) => there.desk.answer(body) });
  for (const question of [toGroup("read", QUERY), toGroup("write", FREEZE)]) await here.ask(question, 20_000);
  const [read, write] = here.asked;
  expect(read?.deadlineMs).toBeGreaterThan(10_000);
  expect(read?.silenceMs).toBeLessThan(1_000);
  // Only what is read can be large.
  expect([read?.answerBytesMax, write?.answerBytesMax]).toEqual([4_194_304, undefined]);
});

test("a member that refuses, for whatever reason, does not speak for its group: the next one is asked", async () => {
  const there = new Desk();
  const rebuilt = new Desk({ outcome: refused("starting", "this member's state differs from its group's, and is being rebuilt") });
  const here = new Desk({ answers: ({ address, body }) => (address === "a:1" ? rebuilt : there).desk.answer(body) });
  for (const question of [toGroup("read", QUERY), toGroup("write", FREEZE)]) {
    expect(await here.ask(question)).toMatchObject({ outcome: { kind: "done" } });
  }
  expect(here.asked.map(({ address }) => address)).toEqual(["a:1", "b:1", "b:1"]);
});

test("where the one that answered could not tell, the others come first, each in its turn", async () => {
  const there = new Desk();
  const here = new Desk({ answers: ({ body }) => there.desk.answer(body) });
  const question = toGroup("read", QUERY);
  for (const elsewhere of [false, true, true, true, false]) await here.ask({ ...question, elsewhere } as CompanionQuestion);
  expect(here.asked.map(({ address }) => address)).toEqual(["a:1", "b:1", "c:1", "a:1", "a:1"]);
});

test("nobody answers: the last word is what the last one said", async () => {
  const here = new Desk();
  expect(await here.ask(toGroup("read", QUERY))).toEqual({ outcome: unknown("connectionLost"), configNumber: null });
  expect(here.asked.map(({ address }) => address)).toEqual(["a:1", "b:1", "c:1"]);
  const nobody = { to: "group", group: asGroup("9"), peers: [], operation: { kind: "read", bytes: QUERY }, elsewhere: false } as const;
  expect(await here.ask(nobody)).toMatchObject({ outcome: { kind: "refused" } });
});

test("an answer that makes no sense is no answer", async () => {
  const here = new Desk({ answers: () => done({ nonsense: true }) });
  expect(await here.ask(toGroup("read", QUERY))).toMatchObject({ outcome: { kind: "refused" }, configNumber: null });
});

test("controllers give the configuration, the oldest that they have if that one is gone, or nothing", async () => {
  const text = (number: number): string => Buffer.from(`configuration ${number}`).toString("base64");
  const answers: Answers = ({ address, body }) => {
    if (address === "dead:1") return unknown("deadline");
    const { number } = body as { number: number };
    const configuration = number >= 4 && number <= 9 ? text(number) : null;
    return done({ cluster: "c", oldest: 4, latest: 9, configuration });
  };
  const here = new Desk({ answers, controllers: ["dead:1", "live:1"] });
  const ask = async (number: number): Promise<string> => {
    const { outcome } = await here.ask({ to: "controllers", number });
    return outcome.kind === "done" ? Buffer.from(outcome.value).toString() : outcome.kind;
  };
  expect([await ask(5), await ask(1), await ask(10)]).toEqual(["configuration 5", "configuration 4", ""]);
  expect(here.asked[0]).toMatchObject({ address: "dead:1", body: { cluster: "c", number: 5 } });
});

test("a settlement comes as the step that it may be", async () => {
  const configuration = Buffer.from("configuration").toString("base64");
  const answers: Answers = () => done({ cluster: "c", oldest: 0, latest: 9, configuration, frozenTo: ["2"] });
  const { outcome } = await new Desk({ answers, controllers: ["live:1"] }).ask({ to: "controllers", number: 9 });
  const command = outcome.kind === "done" ? decodeGroupCommand(outcome.value) : null;
  expect(command).toEqual({ kind: "settle", frozenTo: ["2"], configuration: new Uint8Array(Buffer.from("configuration")) });
});

test("without controllers there is nobody to ask", async () => {
  expect(await new Desk().ask({ to: "controllers", number: 1 })).toMatchObject({ outcome: { kind: "refused" } });
});

test("what groups may not ask never reaches the replica", async () => {
  const there = new Desk();
  const operation = Buffer.from(encodeGroupCommand({ kind: "release", shard: 1, number: 2 })).toString("base64");
  for (const body of [{ group: "2", kind: "write", operation }, { group: "2", kind: "read", operation: "" }, null]) {
    expect(await there.desk.answer(body)).toMatchObject({ kind: "refused", refusal: { code: "badRequest" } });
  }
  const question = { kind: "read", operation: Buffer.from(QUERY).toString("base64") };
  expect(await there.desk.answer({ group: "3", ...question })).toMatchObject({ refusal: { code: "notFound" } });
  expect(await new Desk({ isBorn: false }).desk.answer({ group: "2", ...question })).toMatchObject({ refusal: { code: "starting" } });
  expect(there.operations).toEqual([]);
});

test("F51: another cluster's group of the same name, to whom an address may lead now, does nothing", async () => {
  const there = new Desk({ cluster: "d" });
  const here = new Desk({ answers: ({ body }) => there.desk.answer(body) });
  const { outcome } = await here.ask(toGroup("write", FREEZE));
  expect(outcome).toMatchObject({ kind: "refused", refusal: { message: "this is a member of cluster d, not of c" } });
  expect(there.operations).toEqual([]);
  // Older programs don't say of which cluster they are.
  const older = { group: "2", kind: "write", operation: Buffer.from(FREEZE).toString("base64") };
  expect(await there.desk.answer(older)).toMatchObject({ kind: "done" });
});

test("questions under way are few; a closed desk calls nobody back", async () => {
  const here = new Desk({ answers: () => new Promise(() => undefined) });
  const answered: Outcome<Uint8Array>[] = [];
  for (let i = 0; i < 70; i++) {
    here.desk.ask({ kind: "ask", ask: i, question: toGroup("read", QUERY), timeoutMs: 1_000 }, (outcome) => answered.push(outcome));
  }
  expect(answered).toHaveLength(6);
  const closed = new Desk({ answers: () => Promise.resolve(unknown("deadline")) });
  const late: unknown[] = [];
  closed.desk.ask({ kind: "ask", ask: 1, question: toGroup("read", QUERY), timeoutMs: 1_000 }, (outcome) => late.push(outcome));
  closed.desk.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(late).toEqual([]);
});
