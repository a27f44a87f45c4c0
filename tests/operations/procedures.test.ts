// The procedures of docs/operations on releases with other names, Secrets, images and places, with stubs for kubectl and helm: the pod with
// the command line is of what is installed. That they do what they say is shown on a cluster, by `make cluster-test`.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import type { Call, Pod, Pretended } from "./stub-programs.ts";
import { StubPrograms } from "./stub-programs.ts";

const PROCEDURES = join(__dirname, "../../docs/operations");
const DIGEST = `sha256:${"c".repeat(64)}`;

/** The chart as it is with no values. Hooks of tests don't interest here, and would be found by `helm get hooks` as well. */
const RENDERED = readFileSync(join(__dirname, "../chart/golden/default.yaml"), "utf8");
const objects = parseAllDocuments(RENDERED).map((document) => document.toJS() as { kind: string; metadata: { name: string } });
const written = (wanted: (object: (typeof objects)[number]) => boolean): string =>
  objects
    .filter(wanted)
    .map((each) => `---\n${stringify(each)}`)
    .join("");
const HOOKS = written(({ kind }) => kind === "Job" || kind === "Pod");
const SETS = JSON.stringify(
  objects.filter(({ metadata }) => metadata.name.startsWith("flotilla-replica-")).filter(({ kind }) => kind === "StatefulSet"),
);

const ended = (exitCode: number, logs: string): Pod => {
  const terminated = { reason: exitCode === 0 ? "Completed" : "Error", exitCode };
  return { status: { containerStatuses: [{ containerID: "containerd://1", state: { terminated } }] }, logs };
};
const DEFAULT: Pretended = {
  sets: JSON.parse(SETS) as Pretended["sets"],
  secret: { metadata: { annotations: { "meta.helm.sh/release-name": "flotilla" } } },
  hooks: HOOKS,
  values: "image:\n  digests: {}\n",
  pods: [ended(0, "Healthy\n")],
};

type Outcome = { readonly code: number; readonly said: string; readonly calls: readonly Call[]; readonly secret: object };

async function follow(script: string, pretended: Pretended, args: readonly string[] = []): Promise<Outcome> {
  const stubs = await StubPrograms.start(pretended);
  try {
    return await new Promise((resolve) => {
      execFile(join(PROCEDURES, script), [...args], { env: stubs.environment }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), said: stdout + stderr, calls: stubs.calls, secret: stubs.secret });
      });
    });
  } finally {
    stubs.close();
  }
}

const ofVerb = ({ calls }: Outcome, verb: string): readonly (readonly string[])[] =>
  calls.filter(({ program, args }) => program === "kubectl" && args[2] === verb).map(({ args }) => args);

type PodSpec = {
  readonly containers: readonly { readonly env: readonly { readonly valueFrom: { readonly secretKeyRef: object } }[] }[];
  readonly [field: string]: unknown;
};

/** What a procedure starts the command line with. */
function toolOf(outcome: Outcome): object {
  const [args = []] = ofVerb(outcome, "run");
  const value = (option: string): string => args.find((arg) => arg.startsWith(`${option}=`))?.slice(option.length + 1) ?? "";
  const { spec } = JSON.parse(value("--overrides")) as { spec: PodSpec };
  const { imagePullSecrets, nodeSelector, affinity, tolerations } = spec;
  return {
    image: value("--image"),
    pulled: value("--image-pull-policy"),
    labels: value("--labels"),
    secret: spec.containers[0]?.env[0]?.valueFrom.secretKeyRef,
    place: { imagePullSecrets, nodeSelector, affinity, tolerations },
    endpoint: args.at(-1),
  };
}

/** The controllers, and any replica. */
const endpointsOf = (fullname: string, domain = "cluster.local"): string =>
  [...[0, 1, 2].map((ordinal) => `${fullname}-controller-${ordinal}.${fullname}-controller`), fullname]
    .map((host) => `http://${host}.default.svc.${domain}:7400`)
    .join();
const NOWHERE = { imagePullSecrets: null, nodeSelector: null, affinity: null, tolerations: null };
const BY_DEFAULT = {
  image: "flotilla-cli:0.1.0",
  pulled: "IfNotPresent",
  labels: "app.kubernetes.io/name=flotilla,app.kubernetes.io/instance=flotilla,app.kubernetes.io/component=tool",
  secret: { name: "flotilla-tokens", key: "admin" },
  place: NOWHERE,
  endpoint: endpointsOf("flotilla"),
};

/** The sets as they are with other values: each text is another one wherever it is. */
function setsWith(texts: Readonly<Record<string, string>>, pod: object = {}): Pretended["sets"] {
  const text = Object.entries(texts).reduce((all, [before, after]) => all.replaceAll(before, after), SETS);
  const sets = JSON.parse(text) as { metadata: { name: string }; spec: { template: { spec: object } } }[];
  for (const { spec } of sets) Object.assign(spec.template.spec, pod);
  return sets;
}

const PLACE = {
  imagePullSecrets: [{ name: "registry" }],
  nodeSelector: { disk: "fast" },
  affinity: { nodeAffinity: {} },
  tolerations: [{ key: "stores", operator: "Exists" }],
};
const OF_REPLICA = { "flotilla-replica:0.1.0": `images.example/flotilla-replica@sha256:${"a".repeat(64)}` };

test.each<{ name: string; is: Partial<Pretended>; tool: Partial<typeof BY_DEFAULT> | { place: object } }>([
  { name: "no values", is: {}, tool: {} },
  {
    name: "fullnameOverride",
    is: {
      sets: setsWith({
        "flotilla-replica-": "store-replica-",
        "flotilla-controller": "store-controller",
        "flotilla-tokens": "store-tokens",
      }),
    },
    tool: { secret: { name: "store-tokens", key: "admin" }, endpoint: endpointsOf("store") },
  },
  {
    name: "nameOverride",
    is: { sets: setsWith({ '"app.kubernetes.io/name":"flotilla"': '"app.kubernetes.io/name":"store"' }) },
    tool: { labels: BY_DEFAULT.labels.replace("name=flotilla", "name=store") },
  },
  {
    name: "auth.existingSecret",
    is: { sets: setsWith({ "flotilla-tokens": "kept-by-others" }) },
    tool: { secret: { name: "kept-by-others", key: "admin" } },
  },
  {
    name: "image.digests",
    is: { sets: setsWith(OF_REPLICA), hooks: HOOKS.replaceAll("flotilla-cli:0.1.0", `images.example/flotilla-cli@${DIGEST}`) },
    tool: { image: `images.example/flotilla-cli@${DIGEST}` },
  },
  {
    name: "image.digests without hooks",
    is: {
      sets: setsWith(OF_REPLICA),
      hooks: "",
      values: `image:\n  digests:\n    cli: ${DIGEST}\n    replica: sha256:${"a".repeat(64)}\n`,
    },
    tool: { image: `images.example/flotilla-cli@${DIGEST}` },
  },
  {
    name: "another registry and tag, and no hooks",
    is: { sets: setsWith({ "flotilla-replica:0.1.0": "images.example:5000/team/flotilla-replica:0.2.0" }), hooks: "" },
    tool: { image: "images.example:5000/team/flotilla-cli:0.2.0" },
  },
  { name: "pull secrets, nodes and tolerations", is: { sets: setsWith({}, PLACE) }, tool: { place: PLACE } },
  { name: "another pull policy", is: { sets: setsWith({ IfNotPresent: "Never" }) }, tool: { pulled: "Never" } },
  {
    name: "clusterDomain",
    is: { sets: setsWith({ "cluster.local": "corp.example" }) },
    tool: { endpoint: endpointsOf("flotilla", "corp.example") },
  },
])("the command line is run as the release is: $name", async ({ is, tool }) => {
  const outcome = await follow("health.sh", { ...DEFAULT, ...is });
  expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining("Healthy") as string });
  expect(toolOf(outcome)).toEqual({ ...BY_DEFAULT, ...tool });
  expect(ofVerb(outcome, "delete")).toHaveLength(1);
});

test("a pod that can't start is told after two minutes, once, and taken away", async () => {
  const waiting = { reason: "CreateContainerConfigError", message: 'secret "flotilla-tokens" not found' };
  const outcome = await follow("upgrade.sh", { ...DEFAULT, pods: [{ status: { containerStatuses: [{ state: { waiting } }] } }] });
  expect(outcome).toMatchObject({ code: 125, said: expect.stringContaining(waiting.message) as string });
  expect(ofVerb(outcome, "wait").map((args) => args.at(-1))).toEqual(["--timeout=2m"]);
  expect([ofVerb(outcome, "run"), ofVerb(outcome, "delete")].map(({ length }) => length)).toEqual([1, 1]);
  expect(outcome.calls.some(({ args }) => args[0] === "upgrade")).toBe(false);
});

test("a group without a leader is told, and it is the hook that refuses: hooks.force may be what mends it", async () => {
  const pods = [ended(1, "group 1 has no leader"), ended(0, "Healthy\n")];
  const outcome = await follow("upgrade.sh", { ...DEFAULT, pods }, ["--set", "hooks.force=true"]);
  expect(outcome).toMatchObject({ code: 0, said: expect.stringContaining("group 1 has no leader") as string });
  expect(outcome.calls.find(({ args }) => args[0] === "upgrade")?.args).toContain("hooks.force=true");
});

test("what is not installed is named", async () => {
  const outcome = await follow("health.sh", { ...DEFAULT, sets: [] });
  expect(outcome.said).toContain("no release flotilla in namespace default has replicas");
  expect(ofVerb(outcome, "run")).toEqual([]);
});

test("a digest of the replica's image is not taken for the command line's", async () => {
  const outcome = await follow("health.sh", { ...DEFAULT, sets: setsWith(OF_REPLICA), hooks: "" });
  expect(outcome.said).toContain("image.digests.cli");
  expect(ofVerb(outcome, "run")).toEqual([]);
});

test("members are named as they are", async () => {
  const sets = setsWith({ "flotilla-replica-": "store-replica-" });
  const outcome = await follow("replace-member.sh", { ...DEFAULT, sets }, ["1", "0"]);
  expect(ofVerb(outcome, "get")[1]).toContain("store-replica-1");
});

test.each([
  { whenScaled: "Retain", done: ["--replicas=0", "--replicas=3"] },
  { whenScaled: "Delete", done: ["Retain", "--replicas=0", "--replicas=3", "Delete"] },
])("while a group's pods are away nobody deletes its volumes: whenScaled is $whenScaled", async ({ whenScaled, done }) => {
  const sets = setsWith({ '"whenScaled":"Retain"': `"whenScaled":"${whenScaled}"` });
  const outcome = await follow("recover-group.sh", { ...DEFAULT, sets, pods: [ended(1, "nobody leads 1 now")] }, ["1", "0"]);
  // Its pods don't end here, so it goes no further; and they come back.
  const changes = outcome.calls.filter(({ args }) => args[2] === "scale" || args[2] === "patch").map(({ args }) => args.at(-1) ?? "");
  expect(changes.map((change) => /"whenScaled": "(\w+)"/.exec(change)?.[1] ?? change)).toEqual(done);
  expect(ofVerb(outcome, "delete").flat()).not.toContain("pvc");
});

test("tokens are changed in the release's own Secret", async () => {
  const outcome = await follow("rotate-tokens.sh", { ...DEFAULT, sets: setsWith({ "flotilla-tokens": "store-tokens" }) });
  expect(outcome.code).toBe(0);
  expect(ofVerb(outcome, "patch")[0]?.slice(3, 5)).toEqual(["secret", "store-tokens"]);
});

test("a Secret of somebody else is left alone, and taken once it has changed", async () => {
  const pretended = { ...DEFAULT, secret: { metadata: {} } };
  const outcome = await follow("rotate-tokens.sh", pretended);
  expect(outcome).toMatchObject({ code: 1, said: expect.stringContaining("--changed") as string });
  expect([...ofVerb(outcome, "patch"), ...ofVerb(outcome, "rollout")]).toEqual([]);
  const changed = await follow("rotate-tokens.sh", pretended, ["--changed"]);
  expect(changed.code).toBe(0);
  expect(ofVerb(changed, "patch")).toEqual([]);
  expect(ofVerb(changed, "rollout").length).toBeGreaterThan(0);
});

const ROTATED = { ...DEFAULT.secret, data: { admin: "bmV3", data: "bmV3" } };
const BEFORE = { ...DEFAULT.secret, data: { admin: "b2xk", data: "b2xk" } };

test("a rollback to before a rotation keeps the tokens, and pods start again with them", async () => {
  const outcome = await follow("roll-back.sh", { ...DEFAULT, secret: ROTATED, secretThen: BEFORE }, ["3"]);
  expect(outcome).toMatchObject({ code: 0, secret: ROTATED });
  expect(outcome.calls.find(({ args }) => args[0] === "rollback")?.args).toContain("3");
  expect(ofVerb(outcome, "rollout").length).toBeGreaterThan(0);
});

test("a rollback that changes no token lets pods be", async () => {
  const outcome = await follow("roll-back.sh", { ...DEFAULT, secret: ROTATED });
  expect(outcome).toMatchObject({ code: 0, secret: ROTATED });
  expect([...ofVerb(outcome, "patch"), ...ofVerb(outcome, "rollout")]).toEqual([]);
});

test("a rollback touches no Secret of somebody else", async () => {
  const secretThen = { metadata: {}, data: { admin: "Y2hhbmdlZA==" } };
  const outcome = await follow("roll-back.sh", { ...DEFAULT, secret: { metadata: {}, data: {} }, secretThen });
  expect(outcome).toMatchObject({ code: 0, secret: secretThen });
});
