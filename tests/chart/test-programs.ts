// The programs of `helm test`, run against a server that a test pretends, with less patience than in a cluster.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
export type Ended = { readonly code: number; readonly said: string };
type Variables = Readonly<Record<string, string>>;
export type TestPrograms = {
  /** `variables` of the program, for whom the server is where it is. */
  readonly run: (program: string, answer: Answer, variables: (origin: string) => Variables) => Promise<Ended>;
  readonly remove: () => void;
};

/** `source` is their folder; `instead` are modules that take the place of theirs. */
export function testPrograms(source: string, instead: Readonly<Record<string, string>> = {}): TestPrograms {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-test-programs-"));
  cpSync(source, directory, { recursive: true });
  const patience = readFileSync(join(source, "patience.mjs"), "utf8");
  const modules = { "patience.mjs": patience.replace("PATIENCE_MS = 60_000", "PATIENCE_MS = 500"), ...instead };
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(directory, name), text);
  return {
    run: (program, answer, variables) => runWith(join(directory, program), answer, variables),
    remove() {
      rmSync(directory, { recursive: true });
    },
  };
}

async function runWith(program: string, answer: Answer, variables: (origin: string) => Variables): Promise<Ended> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const env = { ...process.env, ...variables(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
  const ended = await new Promise<Ended>((resolve) => {
    execFile("node", [program], { env }, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), said: stdout + stderr });
    });
  });
  server.close();
  server.closeAllConnections();
  return ended;
}
