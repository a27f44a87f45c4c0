import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findContext } from "../../../../client/cli/cluster/context.ts";
import { Given } from "../../../../client/cli/grammar/given.ts";
import type { ClusterProcess } from "../../../../client/cli/local/cluster-file.ts";
import { writeClusterFile } from "../../../../client/cli/local/cluster-file.ts";
import { keepTokens } from "../../../../client/cli/local/tokens-file.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "flotilla-context-")));
const deep = join(root, "a/b");
const process = {
  name: "replica-1-0",
  service: "replica",
  group: "1",
  ordinal: 0,
  pid: null,
  began: null,
  http: "http://127.0.0.1:7410",
  peer: "127.0.0.1:7610",
  dataDir: "d",
  log: "l",
} as const satisfies ClusterProcess;

beforeAll(() => {
  mkdirSync(deep, { recursive: true });
  writeClusterFile(join(root, ".flotilla"), { clusterId: "c", firstPort: 7_400, launcher: null, processes: [process] });
});
afterAll(() => rmSync(root, { recursive: true }));

const given = (flags: { readonly endpoint?: string; readonly data?: string } = {}) =>
  new Given(
    new Map(),
    new Map([
      ["endpoint", flags.endpoint ?? null],
      ["data", flags.data ?? null],
    ]),
  );
const find = (flags = {}, environment = {}, workingDirectory = deep) => findContext(given(flags), { environment, workingDirectory });

test("without anything, the cluster in a folder above, with its tokens", () => {
  const tokens = keepTokens(join(root, ".flotilla"));
  expect(find()).toMatchObject({ name: join(root, ".flotilla"), endpoints: ["http://127.0.0.1:7410"], tokens });
  expect(find({}, {}, root).name).toBe(".flotilla");
});

test("an endpoint goes before everything, and its token comes from the environment", () => {
  const environment = { FLOTILLA_ENDPOINT: "http://x:1", FLOTILLA_TOKEN: "t" };
  expect(find({ endpoint: "host:7400, http://other:7401/path" }, environment)).toMatchObject({
    ...{ local: null, endpoints: ["http://host:7400", "http://other:7401"] },
    tokens: { data: "t", admin: "t" },
  });
  expect(find({}, environment).endpoints).toEqual(["http://x:1"]);
  expect(find({ data: join(root, ".flotilla") }, environment).local).not.toBeNull();
});

test.each([
  { flags: { endpoint: "http://a", data: "d" }, says: "--endpoint and --data name two clusters" },
  { flags: { endpoint: "ftp://a" }, says: '"ftp://a" is no endpoint' },
  { flags: { endpoint: "http://" }, says: "is no endpoint" },
  { flags: { data: "nowhere" }, says: "there is no cluster in nowhere" },
])("$flags is refused", ({ flags, says }) => {
  expect(() => find(flags)).toThrow(says);
});
