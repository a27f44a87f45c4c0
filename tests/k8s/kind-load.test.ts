// `make kind-load`, with stubs for kind and kubectl: images go where `helm install` goes next, whatever that cluster is called.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");
const stubs = mkdtempSync(join(tmpdir(), "flotilla-kind-"));
writeFileSync(join(stubs, "kubectl"), '#!/bin/sh\necho "$CONTEXT"\n', { mode: 0o755 });
writeFileSync(join(stubs, "kind"), '#!/bin/sh\necho "kind $*"\n', { mode: 0o755 });
afterAll(() => rmSync(stubs, { recursive: true }));

function load(context: string): Promise<string> {
  const env = { ...process.env, PATH: `${stubs}:${process.env["PATH"] ?? ""}`, CONTEXT: context };
  return new Promise((resolve) => {
    execFile("make", ["kind-load"], { cwd: ROOT, env }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

test.each(["flotilla", "kind"])("a cluster called %s gets the images if kubectl points at it", async (name) => {
  expect(await load(`kind-${name}`)).toMatch(
    new RegExp(`^kind load docker-image --name ${name} flotilla-replica:\\S+ flotilla-shard-controller:`),
  );
});

test("another cluster gets none, and is named", async () => {
  expect(await load("minikube")).toMatch(/^kubectl points at minikube, which is no kind cluster/);
});
