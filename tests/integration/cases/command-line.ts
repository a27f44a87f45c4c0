// The command line as a person uses it, over real replicas: up, a write, a death that goes unnoticed, a damaged disk that is
// replaced, a check, and down.
import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import { PORTS_SPAN } from "../../../client/cli/local/local-plan.ts";
import { freePortRange } from "../free-ports.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually, signalProcess } from "../test-case.ts";

const FLOTILLA = join(import.meta.dirname, "../../../bin/flotilla.js");
/** Longer than any of them gives itself: what it says is worth more than that it was ended. */
const COMMAND_MS = 120_000;
const HEALED_MS = 60_000;

type Ran = { readonly code: number; readonly out: string; readonly err: string };

export const commandLine: TestCase = {
  name: "the command line: up, a death, a damaged disk, a check, and down",
  run: async ({ directory, say }) => {
    const data = join(directory, "data");
    const run = (...words: readonly string[]): Promise<Ran> => flotilla([...words, "--data", data]);
    const must = async (...words: readonly string[]): Promise<string> => {
      const ran = await run(...words);
      check(ran.code === 0, `flotilla ${words.join(" ")} ends with 0, not ${ran.code}: ${ran.out}${ran.err}`);
      return ran.out;
    };
    try {
      await must("up", "--detach", "--groups", "1", "--port", String(await freePortRange(PORTS_SPAN)));
      await must("kv", "put", "greeting", "hello");
      await dies(data, must);
      check((await must("kv", "get", "greeting")) === "hello", "what was written is read");
      check((await run("kv", "get", "nothing")).code === 1, "a key that is not there is no success");
      check((await run("kv", "cas", "greeting", "7", "x")).code === 1, "nor is a guard that fails");
      await isDamaged(data, must);
      const verdict = JSON.parse(await must("check", "--duration", "1s", "-o", "json")) as { verdict: string; answered: number };
      check(verdict.verdict === "linearizable" && verdict.answered > 0, `the check decides: ${JSON.stringify(verdict)}`);
      await must("down");
      check((await run("status")).code === 1, "a cluster that does not run is no success");
      check(
        processesIn(data).every(({ pid }) => pid === null),
        "after down every pid is null",
      );
      check((await must("down")).includes("Nothing runs"), "down where nothing runs does no harm");
      say(`a check of ${verdict.answered} operations`);
    } finally {
      await run("down");
    }
  },
};

type Must = (...words: readonly string[]) => Promise<string>;
type StatusJson = {
  readonly health: string;
  readonly groups: readonly { readonly leader: string; readonly members: readonly { name: string; role: string }[] }[];
};

async function dies(data: string, must: Must): Promise<void> {
  const { pid } = JSON.parse(await must("leader", "1", "-o", "json")) as { pid: number };
  process.kill(pid, "SIGKILL");
  await eventually(
    "the group is whole again",
    async () => {
      const status = JSON.parse((await flotilla(["status", "-o", "json", "--data", data])).out) as StatusJson;
      return status.health === "healthy" && processesIn(data).every((each) => each.pid !== pid) ? true : null;
    },
    { deadlineMs: HEALED_MS },
  );
}

async function isDamaged(data: string, must: Must): Promise<void> {
  const member = () => processesIn(data).find(({ name }) => name === "replica-1-2");
  const { pid, dataDir } = member() ?? { pid: null, dataDir: "" };
  writeFileSync(join(dataDir, "identity.json"), "nonsense");
  signalProcess(pid, "SIGKILL");
  await eventually("the damaged member stays down", () => (member()?.stopped === undefined ? null : true), {
    deadlineMs: HEALED_MS,
  });
  // On a busy machine somebody may be silent for a moment, and that is told as well.
  await eventually(
    "status says what is wrong, and that a majority is well",
    async () => {
      const { code, out } = await flotilla(["status", "--data", data]);
      return code === 0 && out.includes("identity.json") ? true : null;
    },
    { deadlineMs: HEALED_MS },
  );
  await must("member", "replace", "1", "2");
  check(member()?.stopped === undefined, "it is not stopped any more");
  check(readdirSync(data).includes("replica-1-2.aside-1"), "its old data is set aside, not deleted");
}

const processesIn = (data: string) => readClusterFile(data)?.processes ?? [];

function flotilla(words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [FLOTILLA, ...words], { timeout: COMMAND_MS }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
  });
}
