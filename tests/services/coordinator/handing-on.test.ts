import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { Forwarded, Forwarding } from "../../../runtime/http/forwarder.ts";
import { handOn } from "../../../services/coordinator/handing-on.ts";

const CALL = { method: "GET", url: "/v1/jobs/j", headers: {}, body: null } as const;
const ANSWER: Forwarded = { status: 200, headers: {}, body: "{}" };

/** `answers`: of each coordinator by its address; the first leads until it has been asked. */
function ways(answers: Readonly<Record<string, Awaited<ReturnType<Parameters<typeof handOn>[0]["forward"]>>>>) {
  const asked: Forwarding[] = [];
  const leaders = Object.keys(answers);
  return {
    asked,
    given: {
      ...{ timeoutMs: 20_000, tryMs: 2_500, isHere: () => false },
      leader: () => Promise.resolve(leaders[Math.min(asked.length, leaders.length - 1)] ?? null),
      forward: (forwarding: Forwarding) => {
        asked.push(forwarding);
        return Promise.resolve(answers[forwarding.origin] ?? unknown("connectionLost"));
      },
    },
  };
}

test("a coordinator that stands still is not waited for longer than it takes to choose another, which is asked then", async () => {
  const { asked, given } = ways({ "http://still": unknown("deadline"), "http://next": done(ANSWER) });
  expect(await handOn(given, CALL)).toEqual({ kind: "there", outcome: done(ANSWER) });
  expect(asked.map(({ origin, timeoutMs }) => [origin, timeoutMs])).toEqual([
    ["http://still", 2_500],
    ["http://next", 2_500],
  ]);
});

test("whoever has the jobs by then answers itself", async () => {
  const { asked, given } = ways({ "http://still": unknown("deadline") });
  expect(await handOn({ ...given, isHere: () => asked.length > 0 }, CALL)).toEqual({ kind: "here", lost: null });
  expect(asked).toHaveLength(1);
});

test("whoever gets the jobs while it waits for one that stands still waits no longer; what was sent may have been done", async () => {
  const silent = () => new Promise<never>(() => undefined);
  for (const { call, lost } of [
    { call: CALL, lost: null },
    { call: SUBMIT, lost: unknown("deadline") },
  ]) {
    let isHere = false;
    setTimeout(() => (isHere = true), 20);
    const given = { ...ways({ "http://still": done(ANSWER) }).given, forward: silent, isHere: () => isHere };
    expect(await handOn(given, call)).toEqual({ kind: "here", lost });
  }
});

test("what was never sent is said at once, and without time there is one try", async () => {
  const gone = ways({ "http://gone": refused("notLeader", "could not connect") });
  expect(await handOn(gone.given, CALL)).toMatchObject({ outcome: { kind: "refused" } });
  const late = ways({ "http://still": unknown("deadline") });
  expect(await handOn({ ...late.given, timeoutMs: 1_000 }, CALL)).toMatchObject({ outcome: { kind: "unknown" } });
  expect(late.asked).toHaveLength(1);
});

test("where nobody knows who has the jobs, this one says so", async () => {
  expect(await handOn({ ...ways({}).given, leader: () => Promise.resolve(null) }, CALL)).toEqual({ kind: "here", lost: null });
});

const SUBMIT = { method: "POST", url: "/v1/jobs", headers: {}, body: { id: "j" } } as const;
const REFUSED: Forwarded = {
  status: 421,
  headers: {},
  body: JSON.stringify({ error: { code: "notLeader", message: "not here", outcome: "refused" } }),
};

test.each([
  { name: "could not be reached", next: refused("notLeader", "could not connect") },
  { name: "refuses it", next: done(REFUSED) },
])("what one that stands still may do yet is not refused because the next one $name", async ({ next }) => {
  const answers = { "http://still": unknown("deadline"), "http://next": next };
  expect(await handOn(ways(answers).given, SUBMIT)).toEqual({ kind: "there", outcome: unknown("deadline") });
  // Nothing becomes of a question.
  expect(await handOn(ways(answers).given, CALL)).toEqual({ kind: "there", outcome: next });
});

test("whoever answers in the end knows that it may have been done before", async () => {
  const { asked, given } = ways({ "http://still": unknown("deadline") });
  const handedOn = await handOn({ ...given, isHere: () => asked.length > 0 }, SUBMIT);
  expect(handedOn).toEqual({ kind: "here", lost: unknown("deadline") });
});
