// Two of three replicas hang: connections to them are taken, and nobody answers. Every call that needs a majority is refused
// within its deadline and says why; stale reads are answered all the same, with the place in the log that they are of.
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { KvClient } from "../../../client/kv-client.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";

const GROUP = "1";
const KEY = "kept";
const VALUE = "before";
const DEADLINE_MS = 1_500;
/** For the way there and back, on a machine that does other things, too. */
const SLACK_MS = 1_000;
const ROUNDS = { bounded: 2, long: 10 };

export const tooFewReplicas: TestCase = {
  name: "too few replicas: refused within the deadline, and stale reads go on",
  measures: true,
  prepares: true,
  run: async (context) => {
    const cluster = await ShardedCluster.create({ directory: context.directory, controllers: 1, groups: { [GROUP]: 3 } });
    const members = cluster.group(GROUP);
    const client = new KvClient({ endpoints: members.map(({ origin }) => origin), deadlineMs: 10_000 });
    try {
      await cluster.startAndServe();
      check((await client.put(KEY, VALUE)).kind === "done", "a write with all replicas is done");
      await cluster.untilWhole(GROUP);
      await context.quiet;
      for (let round = 0; round < ROUNDS[context.scale]; round++) {
        const leader = await cluster.untilLeader(GROUP);
        const follower = members.find((member) => member !== leader) as LocalReplica;
        // Whoever is left over led before, or did not.
        await playRound(cluster, round % 2 === 0 ? leader : follower, context);
        check((await client.put(KEY, VALUE)).kind === "done", "with a majority writes go on");
        await cluster.untilWhole(GROUP);
      }
      context.measured();
    } finally {
      await client.close();
      await cluster.stop();
    }
  },
};

async function playRound(cluster: ShardedCluster, left: LocalReplica, { say }: CaseContext): Promise<void> {
  const hung = cluster.group(GROUP).filter((member) => member !== left);
  for (const member of hung) member.signal("SIGSTOP");
  try {
    // A leader that is left over may have taken these in: then nobody knows how they end. None of them hangs.
    for (const answer of await callAll(left)) {
      checkAnswered(answer);
      check(answer.code !== null, `no call succeeds without a majority: ${JSON.stringify(answer)}`);
    }
    await eventually("the one that is left knows no leader", async () => (await cluster.status(left))?.["leader"] === null);
    const answers = await callAll(left);
    for (const answer of answers) {
      checkAnswered(answer);
      check(answer.status === 503 && answer.code === "noQuorum", `refused for want of a majority: ${JSON.stringify(answer)}`);
    }
    await checkStale(left);
    const longestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
    say(`${answers.length} calls with a deadline of ${DEADLINE_MS} ms: refused as noQuorum, the last after ${longestMs} ms`);
  } finally {
    for (const member of hung) member.signal("SIGCONT");
  }
}

type Answer = { readonly call: string; readonly status: number; readonly code: string | null; readonly tookMs: number };
type Call = { readonly method: string; readonly path: string; readonly body?: unknown };

const OPERATION = { op: "put", key: KEY, value: VALUE };
const CALLS: readonly Call[] = [
  { method: "GET", path: `/v1/kv/${KEY}` },
  { method: "PUT", path: `/v1/kv/${KEY}`, body: { value: VALUE } },
  { method: "POST", path: `/v1/kv/${KEY}/append`, body: { value: "" } },
  { method: "DELETE", path: "/v1/kv/another" },
  { method: "POST", path: "/v1/txn", body: { then: [OPERATION] } },
  { method: "POST", path: "/v1/batch", body: { operations: [OPERATION] } },
  { method: "GET", path: `/v1/kv?prefix=${KEY}` },
];

const callAll = (member: LocalReplica): Promise<readonly Answer[]> => Promise.all(CALLS.map((each) => call(member, each)));

async function call({ origin }: LocalReplica, { method, path, body }: Call): Promise<Answer> {
  const startMs = performance.now();
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { "flotilla-deadline-ms": String(DEADLINE_MS), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    signal: AbortSignal.timeout(10 * DEADLINE_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const tookMs = Math.round(performance.now() - startMs);
  return { call: `${method} ${path}`, status: response.status, code: codeIn(text), tookMs };
}

function codeIn(text: string): string | null {
  const { error, results } = JSON.parse(text) as { error?: { code?: string }; results?: readonly { error?: { code?: string } }[] };
  return error?.code ?? results?.[0]?.error?.code ?? null;
}

function checkAnswered({ call: what, tookMs }: Answer): void {
  check(tookMs <= DEADLINE_MS + SLACK_MS, `${what} is answered within its ${DEADLINE_MS} ms, not after ${tookMs} ms`);
}

async function checkStale({ origin }: LocalReplica): Promise<void> {
  const response = await fetch(`${origin}/v1/kv/${KEY}?consistency=stale`, { signal: AbortSignal.timeout(DEADLINE_MS) });
  const { value } = (await response.json()) as { readonly value?: string };
  check(response.status === 200 && value === VALUE, `a stale read is answered: ${response.status} ${value ?? ""}`);
  check(Number(response.headers.get("flotilla-index")) > 0, "a stale read says which index it is of");
}
