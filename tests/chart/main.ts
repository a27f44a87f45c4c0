// `make chart-test`: the chart without a cluster. Lint, values that must be refused, what each profile renders (golden files), what must
// hold for every object, and what an upgrade could not change, against the version before. `--rewrite` writes the golden files anew.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isAPart } from "./as-a-part.ts";
import { objectsAreWhatTheApiTakes, readApiTypes } from "./api-types.ts";
import { immutablesOf, OBJECT_RULES, requestsOf } from "./object-rules.ts";
import { IMMUTABLE_CASES, NAME_CASES, REFUSALS } from "./refusals.ts";
import {
  backupAgeIs,
  backupsAre,
  chaosCountsIn,
  chaosMayDoNoMore,
  claimsUserIs,
  dashboardsAreShown,
  hooksAre,
  optionsAreTaken,
  testsLeaveNothing,
  thereAreNoTests,
  toolboxIsThere,
} from "./option-checks.ts";
import { isToldBy } from "./monitors.ts";
import { templatesAreMerged } from "./pod-templates.ts";
import {
  aCertificateIsAskedFor,
  BY_CERT_MANAGER,
  BY_SOMEBODY,
  certificatesAre,
  PEER_TLS_REFUSALS,
  PEER_TLS_STEPS,
  SHOWN,
} from "./peer-tls-checks.ts";
import {
  BACKUPS,
  CUSTOM_RESOURCES,
  EVERY_POD_OPTION,
  GRAFANA_OPERATOR,
  KIND_UP,
  monitor,
  POD_TEMPLATES,
  PROFILES,
  SLEEPING,
  TOOLBOX,
  TWO_FOLDERS,
  values,
  dashboardsFor,
  VARIANTS,
} from "./profiles.ts";
import { nobodyStartsAgain, placesAreTold, SCALINGS } from "./scaling.ts";
import { onlySleep } from "./sleepers.ts";
import type { KubernetesObject } from "./render.ts";
import { CHART, lint, render, whatIsMissing } from "./render.ts";

const { values: options } = parseArgs({ options: { rewrite: { type: "boolean", default: false } } });
const GOLDEN = join(import.meta.dirname, "golden");
const SCRATCH = join(import.meta.dirname, "../../.tmp");
const API = join(import.meta.dirname, "../../node_modules/@kubernetes/client-node/dist/gen");
const RULES = {
  ...OBJECT_RULES,
  objectsAreWhatTheApiTakes: objectsAreWhatTheApiTakes(readApiTypes(API, join(import.meta.dirname, "custom-resources.ts"))),
};

const renderings = new Map<string, ReturnType<typeof render>>();
let failed = 0;
const missing = whatIsMissing();
if (missing !== null) {
  console.error(`The chart's tests need Helm: ${missing}`);
  process.exit(1);
}
for (const [name, args] of Object.entries(PROFILES))
  test(`lint: ${name}`, () => lint(args.filter((arg) => !CUSTOM_RESOURCES.includes(arg))));
for (const { set, says } of [...REFUSALS, ...PEER_TLS_REFUSALS]) test(`refused: ${set}`, () => refusal(render(["--set", set]), says));
for (const each of [...IMMUTABLE_CASES, ...PEER_TLS_STEPS]) test(`a StatefulSet that exists: ${each.name}`, () => existing(each));
for (const each of NAME_CASES)
  test(`controllers called ${each.present}, of ${each.release ?? "flotilla"}, and ${each.set}`, () => anotherName(each));
for (const [name, args] of Object.entries(PROFILES)) test(`golden: ${name}`, () => golden(name, args));
test("golden: backup", () => golden("backup", [...BACKUPS, "--show-only", "templates/backup.yaml"]));
test("golden: peer-tls", () => golden("peer-tls", [...BY_CERT_MANAGER, ...SHOWN]));
for (const [name, args] of Object.entries({ ...PROFILES, ...VARIANTS }))
  for (const [rule, check] of Object.entries(RULES))
    test(`${name}: ${rule}`, () => objectsOf(args, (objects) => check(objects).join("; ") || null));
for (const name of ["default", "kind", "production"]) test(`notes: ${name}`, () => wordsOfNotes(PROFILES[name] ?? [], whatNotesLack));
for (const { name, args, says } of [
  { name: "dashboards, chaos, and what stays", args: [], says: /tag flotilla[^]*chaos\.enabled=true before[^]*keeps the volumes/ },
  {
    name: "backups, and what is restored",
    args: BACKUPS,
    says: /backup-1 --from cronjob\/flotilla-backup\n.*s3:\/\/backups\/some: let nobody/,
  },
  { name: "what an upgrade does not restore", args: [...BACKUPS, "--is-upgrade"], says: /^Nothing was restored/m },
  { name: "chaos that is allowed", args: ["--set", "chaos.enabled=true"], says: /a verdict:\n.* chaos-1 --from cronjob\/flotilla-chaos/ },
  { name: "which clients are let in", args: values("production"), says: /These can.*\n.*\{"flotilla\.dev\/client":"true"\}/ },
  { name: "the toolbox", args: TOOLBOX, says: /\n +kubectl -n default exec deploy\/flotilla-toolbox -- flotilla status\n/ },
  {
    name: "the monitor that there is",
    args: [...CUSTOM_RESOURCES, ...monitor("ServiceMonitor")],
    says: /a ServiceMonitor and alerts.*\n.*\{\.\.serviceMonitorSelector\}/,
  },
  {
    name: "volumes that go with the release",
    args: ["--set", "persistentVolumeClaimRetention.whenDeleted=Delete"],
    says: /^Uninstalling deletes the volumes/m,
  },
])
  test(`notes tell of ${name}`, () => wordsOfNotes(args, ({ words }) => (says.test(words) ? null : words)));
test("an upgrade restores nothing, and goes on making backups", () =>
  objectsOf([...BACKUPS, "--is-upgrade"], (objects) => backupsAre(objects, { restores: false })));
test("an install restores, by a hook", () => objectsOf(BACKUPS, (objects) => backupsAre(objects, { restores: true })));
for (const { to, claim } of [
  { to: "pvc.size=10Gi", claim: "flotilla-backup" },
  { to: "pvc.existingClaim=mine", claim: null },
])
  test(`somebody needs the volume of backups at once, if it is to be made: ${to}`, () =>
    objectsOf(["--set", `backup.enabled=true,backup.to.${to}`], (objects) => claimsUserIs(objects, claim)));
test("rules know how old the last backup is", () =>
  objectsOf([...CUSTOM_RESOURCES, ...BACKUPS, "--set", "backup.alertAfterHours=2"], (objects) => backupAgeIs(objects, 7_200)));
test("and say nothing of backups that nobody makes", () => objectsOf(CUSTOM_RESOURCES, (objects) => backupAgeIs(objects, null)));
test("what an upgrade can't change is as it was in the version before", immutables);
test("no kinds of Prometheus where the cluster does not know them", () =>
  objectsOf([], (objects) => objects.find(({ apiVersion }) => apiVersion.startsWith("monitoring"))?.kind ?? null));
test("never means never", () =>
  objectsOf(
    [...CUSTOM_RESOURCES, "--set", "monitoring.customResources=never"],
    (objects) => objects.find(({ apiVersion }) => apiVersion.startsWith("monitoring"))?.kind ?? null,
  ));
test("always means always", () => objectsOf(["--set", "monitoring.customResources=always"], hasMonitoring));
for (const { asked, known, shown } of [
  { asked: "never", known: true, shown: false },
  { asked: "auto", known: false, shown: false },
  { asked: "auto", known: true, shown: true },
  { asked: "always", known: false, shown: true },
])
  test(`Grafana's operator, ${asked}, where its kinds are ${known ? "known" : "unknown"}: ${shown ? "every dashboard" : "none"}`, () =>
    objectsOf([...(known ? GRAFANA_OPERATOR : []), ...dashboardsFor(asked)], (objects) => dashboardsAreShown(objects, shown)));
test("Grafana's operator is not asked for unless somebody says so", () =>
  objectsOf(GRAFANA_OPERATOR, (objects) => dashboardsAreShown(objects, false)));
test("rules are those of this release, with their words as they were", () => objectsOf(CUSTOM_RESOURCES, rulesAreNarrowed));
test("rules know how many processes there should be", () =>
  objectsOf([...CUSTOM_RESOURCES, "--set", "replicas=5"], (objects) =>
    wantedAre(objects, { controller: 3, coordinator: 2, replica: 10, worker: 2 }),
  ));
test("rules want nobody where there are no jobs", () =>
  objectsOf([...CUSTOM_RESOURCES, "--set", "coordinators=0,workers=0"], (objects) => wantedAre(objects, { controller: 3, replica: 6 })));
for (const kind of ["PodMonitor", "ServiceMonitor"] as const)
  test(`a ${kind} finds each pod once, and its series get the labels that dashboards rely on`, () =>
    objectsOf([...CUSTOM_RESOURCES, ...monitor(kind)], isToldBy(kind)));
test("what a first install asks for fits into 1 CPU and 2 GiB", () =>
  objectsOf([], (objects) => {
    const { cpu, bytes } = requestsOf(objects);
    return cpu <= 1 && bytes <= 2 ** 31 ? null : `it is ${cpu} CPUs and ${bytes} bytes`;
  }));
test("coordinators and workers know the store, and workers whom to ask for s3: and with which keys", () =>
  objectsOf(["--set", "worker.s3.endpoint=https://s3.example,worker.s3.secretName=keys"], storeAndS3));
test("clients of Redis from outside reach each replica by a Service of its own", () =>
  objectsOf(["--set", `redisExternal.type=NodePort,redisExternal.address=node.example.com:31\\{group\\}0\\{ordinal\\}`], redisOutside));
test("a component in diagnosticMode sleeps until it is told to end, is never ready, and no other one does", () =>
  objectsOf(SLEEPING, onlySleep(["flotilla-replica-1", "flotilla-replica-2", "flotilla-worker"])));
test("a component in diagnosticMode keeps to all rules but that of its probes", () =>
  objectsOf(SLEEPING, (objects) => {
    const rules = Object.entries({ ...RULES, livenessIsPatientAndLocal: () => [] });
    return rules.flatMap(([, check]) => check(objects)).join("; ") || null;
  }));
for (const { args = [], before, then } of SCALINGS)
  test(`from ${before} to ${then}${args.length === 0 ? "" : ` with ${args.join(" ")}`} nobody who runs is replaced`, () =>
    objectsOf([...args, "--set", before], (were) => objectsOf([...args, "--set", then], (are) => nobodyStartsAgain(were, are))));
test("whoever starts is told who there is", () =>
  objectsOf(["--set", "replicas=5,controllers=5"], (objects) =>
    placesAreTold(objects, { "flotilla-controller": 5, "flotilla-replica-1": 5, "flotilla-replica-2": 5 }),
  ));
test("options of pods, images and further objects are taken", () => objectsOf(EVERY_POD_OPTION, optionsAreTaken));
test("what is said of pod templates is merged over them", () =>
  objectsOf([], (plain) => objectsOf(POD_TEMPLATES, (merged) => templatesAreMerged(plain, merged))));
for (const { name, set, before } of [
  { name: "a hook refuses an upgrade while a group is not well, and no rollback", set: "hooks.force=false", before: "--healthy" },
  { name: "hooks.force goes on although nobody can be asked", set: "hooks.force=true", before: "--pass-over" },
])
  test(`${name}; neither gives up a controller's vote`, () =>
    objectsOf(["--set", `controllers=5,${set}`], (objects) =>
      hooksAre(objects, {
        "pre-upgrade": ["topology set", "--controllers 5", before],
        "pre-rollback": ["topology set", "--controllers 5", "--pass-over"],
        "post-upgrade,post-rollback": ["topology settle"],
      }),
    ));
for (const { set, services } of [
  { set: "workers=2", services: ["flotilla", "flotilla-coordinator"] },
  { set: "coordinators=0,workers=0", services: ["flotilla"] },
])
  test(`with ${set} a toolbox has the addresses of all, and nobody its own`, () =>
    objectsOf([...TOOLBOX, "--set", set], (objects) => toolboxIsThere(objects, services)));
for (const { name, args, place } of [
  { name: "nobody", args: [], place: null },
  { name: "members, of cert-manager", args: BY_CERT_MANAGER, place: { secret: "flotilla-peer-tls", mode: "require" } },
  { name: "members, of somebody else", args: BY_SOMEBODY, place: { secret: "certificates", mode: "prefer" } },
])
  test(`who has a certificate: ${name}`, () => objectsOf(args, (objects) => certificatesAre(objects, place)));
test("cert-manager is asked for a certificate of all members", () => objectsOf(BY_CERT_MANAGER, aCertificateIsAskedFor));
test("helm test leaves nothing", () => objectsOf([], testsLeaveNothing));
test("no tests, and no account for them", () => objectsOf(["--set", "tests.enabled=false"], thereAreNoTests));
for (const { folder, place } of [
  { folder: "", place: { path: "/books", claim: "books" } },
  { folder: "/scratch", place: { path: "/scratch", claim: "scratch" } },
  { folder: "none", place: null },
])
  test(`chaos counts words in ${place?.path ?? "no folder"} where chaos.folder is "${folder}"`, () =>
    objectsOf(["--set", `chaos.enabled=true,${TWO_FOLDERS},chaos.folder=${folder}`], (objects) => chaosCountsIn(objects, place)));
test("chaos counts words in what make kind-up installs, too", () =>
  objectsOf(KIND_UP, (objects) => chaosCountsIn(objects, { path: "/shared", claim: "flotilla-shared" })));
test("chaos may do to pods what it has to", () =>
  objectsOf(["--set", "chaos.enabled=true"], (objects) => chaosMayDoNoMore(objects, { areKnown: false })));
test("chaos may do that to members alone where there are no others", () =>
  objectsOf(["--set", "chaos.enabled=true,coordinators=0,workers=0"], (objects) => chaosMayDoNoMore(objects, { areKnown: true })));
for (const { set, wanted } of [
  { set: "flotilla.enabled=true,flotilla.groups=1,global.imageRegistry=images.example/", wanted: "rendered" },
  { set: "flotilla.enabled=false", wanted: "left out" },
] as const)
  test(`as a part of another chart, with ${set}: ${wanted}`, () => isAPart(set, wanted));
test("whoever gets the chart gets its README.md and its UPGRADING.md", () => {
  const files = `{{- range list "README.md" "UPGRADING.md" }}{{ if not ($.Files.Get .) }}{{ fail . }}{{ end }}{{ end }}\n`;
  const rendered = renderWith([], { "templates/files.yaml": files });
  return rendered.kind === "refused" ? rendered.why : null;
});
test("a Secret of somebody else is used, and none is made", () =>
  objectsOf(["--set", "auth.existingSecret=mine"], (objects) =>
    objects.some(({ kind }) => kind === "Secret") || JSON.stringify(objects).includes("flotilla-tokens")
      ? "the chart's own is there"
      : null,
  ));
console.log(failed === 0 ? "all passed" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** `check` answers with what is wrong. */
function test(name: string, check: () => string | null): void {
  const problem = check();
  if (problem !== null) failed += 1;
  console.log(problem === null ? `✓ ${name}` : `✗ ${name}\n    ${problem.trim().replaceAll("\n", "\n    ")}`);
}

function refusal(rendered: ReturnType<typeof render>, says: RegExp): string | null {
  if (rendered.kind === "objects") return "it was accepted";
  return says.test(rendered.why) ? null : `it was refused in other words: ${rendered.why}`;
}

/** What `lookup` would find is not there without a cluster: the refusal itself is called with it. */
function existing({
  existing: found,
  says,
  className = "fast",
  component = "replica",
  set,
}: (typeof IMMUTABLE_CASES)[number]): string | null {
  const storage = `(dict "size" "2Gi" "className" ${JSON.stringify(className)})`;
  const there = `"existing" (.Files.Get "files/existing.json" | fromJson) "set" "flotilla-replica-1"`;
  const call = `"flotilla.refuseImmutableChange" (dict "root" $ ${there} "storage" ${storage} "value" "${component}" "count" 3)`;
  return refusalWith(call, { found, set, says });
}

function anotherName({ present, set, release = "flotilla", says }: (typeof NAME_CASES)[number]): string | null {
  const labels = { "app.kubernetes.io/component": "controller", "helm.sh/chart": "flotilla-0.1.0" };
  const found = [{ metadata: { name: present, labels, annotations: { "meta.helm.sh/release-name": release } } }];
  const call = `"flotilla.refuseAnotherName" (dict "root" $ "sets" (.Files.Get "files/existing.json" | fromJsonArray))`;
  return refusalWith(call, { found, set, says });
}

type Called = { readonly found: unknown; readonly set: string | undefined; readonly says: RegExp | null };

function refusalWith(call: string, { found, set, says }: Called): string | null {
  const rendered = renderWith(set === undefined ? [] : ["--set", set], {
    "files/existing.json": JSON.stringify(found),
    "templates/existing.yaml": `{{- include ${call} }}\n`,
  });
  if (says !== null) return refusal(rendered, says);
  return rendered.kind === "objects" ? null : rendered.why;
}

/** Without a cluster Helm keeps the notes to itself: they are rendered into an object. */
function wordsOfNotes(args: readonly string[], check: (notes: Notes) => string | null): string | null {
  const text = '{{ include (print $.Template.BasePath "/NOTES.txt") . | toJson }}';
  const object = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata:\n  notes: ${text}\n`;
  const rendered = renderWith(args, { "templates/notes.yaml": object });
  if (rendered.kind === "refused") return rendered.why;
  const words = (rendered.objects.find(({ metadata }) => metadata.name === "notes")?.["data"] as { notes: string }).notes;
  return check({ words, objects: rendered.objects });
}

type Notes = { readonly words: string; readonly objects: readonly KubernetesObject[] };

/** Five steps, and whatever they name is there. */
function whatNotesLack({ words, objects }: Notes): string | null {
  const steps = [...words.matchAll(/^(\d)\. /gm)].map(([, step]) => step).join("");
  if (steps !== "12345") return `the steps are ${steps}`;
  const names = new Set(objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const named = [...words.matchAll(/\b(service|secret)[/ ]([a-z][\w-]+)/g)].map(
    ([, kind, name]) => `${kind === "service" ? "Service" : "Secret"}/${name}`,
  );
  const pods = [...words.matchAll(/pod (\S+)-\d+$/gm)].map(([, set]) => `StatefulSet/${set}`);
  const lost = [...named, ...pods].filter((name) => !names.has(name));
  return lost.length === 0 && pods.length > 0 && named.length > 0 ? null : `they name ${lost.join(", ") || "nothing"}`;
}

/** From a copy of the chart with further files. */
function renderWith(args: readonly string[], files: Readonly<Record<string, string>>): ReturnType<typeof render> {
  mkdirSync(SCRATCH, { recursive: true });
  const copy = mkdtempSync(join(SCRATCH, "chart-"));
  try {
    cpSync(CHART, copy, { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(copy, path), text);
    return render(args, copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function golden(name: string, args: readonly string[]): string | null {
  const rendered = render(args);
  if (rendered.kind === "refused") return rendered.why;
  const path = join(GOLDEN, `${name}.yaml`);
  const text = rendered.text.replaceAll(/^( {2}(?:data|admin|cluster)): \S{20,}$/gm, "$1: (random)");
  if (options.rewrite) writeFileSync(path, text);
  const lines = readFileSync(path, "utf8").split("\n");
  const now = text.split("\n");
  const at = now.findIndex((line, i) => line !== lines[i]);
  if (at < 0 && now.length === lines.length) return null;
  return `line ${at + 1} is ${JSON.stringify(now[at])} and was ${JSON.stringify(lines[at])}: make chart-test ARGS=--rewrite, and read the diff`;
}

function objectsOf(args: readonly string[], check: (objects: readonly KubernetesObject[]) => string | null): string | null {
  const rendered = renderings.get(args.join(" ")) ?? render(args);
  renderings.set(args.join(" "), rendered);
  return rendered.kind === "refused" ? rendered.why : check(rendered.objects);
}

/** Everything that the version before had must still be there as it was; what is new may be as it likes. */
function immutables(): string | null {
  return objectsOf([], (objects) => {
    const now = immutablesOf(objects);
    const before = JSON.parse(readFileSync(join(GOLDEN, "immutable-0.1.0.json"), "utf8")) as Record<string, unknown>;
    const changed = Object.keys(before).filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]));
    return changed.length === 0 ? null : `changed: ${changed.join(", ")}`;
  });
}

function hasMonitoring(objects: readonly KubernetesObject[]): string | null {
  const kinds = objects.map(({ kind }) => kind);
  return kinds.includes("PodMonitor") && kinds.includes("PrometheusRule") ? null : "they are not there";
}

function storeAndS3(objects: readonly KubernetesObject[]): string | null {
  const deployments = objects.filter(({ kind }) => kind === "Deployment").map((object) => JSON.stringify(object));
  const lost = deployments.filter(
    (text) => !text.includes('"name":"FLOTILLA_STORE","value":"http://flotilla.default.svc.cluster.local:7400"'),
  );
  if (lost.length > 0) return `somebody does not know the store: ${lost.join()}`;
  const worker = deployments.find((text) => text.includes('"name":"flotilla-worker"')) ?? "";
  const wanted = [
    '{"name":"FLOTILLA_S3_ENDPOINT","value":"https://s3.example"}',
    '{"name":"FLOTILLA_S3_SECRET_KEY","valueFrom":{"secretKeyRef":{"key":"secretKey","name":"keys"}}}',
    '"FLOTILLA_S3_SESSION_TOKEN","valueFrom":{"secretKeyRef":{"key":"sessionToken","name":"keys","optional":true}}',
  ];
  return wanted.find((text) => !worker.includes(text)) ?? null;
}

function redisOutside(objects: readonly KubernetesObject[]): string | null {
  const services = objects.filter(({ metadata }) => metadata.name.endsWith("-redis"));
  const ports = services.map(({ spec }) => (spec?.["ports"] as readonly { readonly nodePort: number }[] | undefined)?.[0]?.nodePort);
  return ports.join() === "31100,31101,31102,31200,31201,31202" ? null : `the ports are ${ports.join()}`;
}

function rulesAreNarrowed(objects: readonly KubernetesObject[]): string | null {
  const rules = objects.find(({ kind }) => kind === "PrometheusRule");
  const text = JSON.stringify(rules);
  const names = [...text.matchAll(/"alert":"(\w+)"/g)].map(([, name]) => name as string);
  const files = ["alerts", "recording"].map((name) => readFileSync(join(CHART, `files/rules/${name}.yaml`), "utf8")).join("\n");
  const wanted = [...files.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name as string);
  if (names.join() !== wanted.join()) return `the alerts are ${names.join()}`;
  if (text.includes("release=~")) return "some look at all releases";
  const selectors = text.split('namespace=\\"default\\",release=\\"flotilla\\"').length - 1;
  const inFiles = files.split('release=~".+"').length - 1 - 2; // both files explain it in their first lines
  if (selectors !== inFiles) return `${selectors} selectors instead of ${inFiles}`;
  return text.includes("{{ $labels.namespace }}") ? null : "their words have been filled in too early";
}

/** What FlotillaComponentGone goes by. */
function wantedAre(objects: readonly KubernetesObject[], wanted: Readonly<Record<string, number>>): string | null {
  const groups = objects.find(({ kind }) => kind === "PrometheusRule")?.spec?.["groups"] as readonly RuleGroup[];
  const rules = groups.flatMap((group) => group.rules).filter(({ record }) => record === "component:flotilla_processes_wanted:sum");
  const found = rules.map(({ expr, labels: { component, ...others } }) => `${component} ${expr} ${Object.values(others).join()}`);
  const lines = Object.entries(wanted).map(([component, count]) => `${component} vector(${count}) default,flotilla`);
  return found.join() === lines.join() ? null : `they are ${found.join("; ")}`;
}

type RuleGroup = {
  readonly rules: readonly { readonly record?: string; readonly expr: string; readonly labels: Readonly<Record<string, string>> }[];
};
