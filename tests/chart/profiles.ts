// What the chart is rendered with: the profiles whose renderings are golden files, and variants for the rules of objects.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BY_CERT_MANAGER, BY_SOMEBODY } from "./peer-tls-checks.ts";
import { CHART } from "./render.ts";

export const CUSTOM_RESOURCES = ["--api-versions", "monitoring.coreos.com/v1"];
export const GRAFANA_OPERATOR = ["--api-versions", "grafana.integreatly.org/v1beta1"];
export const dashboardsFor = (asked: string): string[] => ["--set", `monitoring.dashboards.grafanaOperator.customResources=${asked}`];
export const TOOLBOX = ["--set", "toolbox.enabled=true"];
export const monitor = (kind: string): string[] => ["--set", `monitoring.monitor=${kind}`];
const NO_DASHBOARDS = ["--set", "monitoring.dashboards.enabled=false"];
export const EVERY_POD_OPTION = ["--values", join(import.meta.dirname, "every-pod-option.yaml")];
export const POD_TEMPLATES = ["--values", join(import.meta.dirname, "pod-templates.yaml")];
export const TWO_FOLDERS =
  "worker.folders[0].path=/books,worker.folders[0].claim=books,worker.folders[1].path=/scratch,worker.folders[1].claim=scratch";
const OPTIONS = [...POD_TEMPLATES, ...TOOLBOX, ...monitor("ServiceMonitor"), "--set", "chaos.enabled=true"];
const S3 = "backup.to.s3.endpoint=https://s3.example,backup.to.s3.secretName=keys";
export const BACKUPS = ["--set", `backup.enabled=true,backup.to.pvc.size=10Gi,restore.from=s3://backups/some,${S3}`];
export const SLEEPING = ["--set", "replica.diagnosticMode=true,replica.updateStrategy.type=OnDelete,worker.diagnosticMode=true"];
export const values = (profile: string): string[] => ["--values", join(CHART, `values-${profile}.yaml`)];
export const KIND_UP = [...values("kind"), "--values", join(import.meta.dirname, "../../k8s/kind/flotilla.yaml")];

const SCHEMA = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")) as {
  readonly properties: { readonly replicas: { readonly maximum: number } };
};

/** Dashboards and rules have tests of their own, and would be most of these files. */
export const PROFILES: Readonly<Record<string, readonly string[]>> = {
  default: NO_DASHBOARDS,
  kind: [...values("kind"), ...NO_DASHBOARDS],
  production: [...values("production"), ...NO_DASHBOARDS],
  monitoring: [...CUSTOM_RESOURCES, ...NO_DASHBOARDS, "--set", "monitoring.rules.enabled=false"],
  // Everything that is off unless somebody asks for it.
  options: [...CUSTOM_RESOURCES, ...NO_DASHBOARDS, "--set", "groups=1,tests.enabled=false,monitoring.rules.enabled=false", ...OPTIONS],
};
/** Rendered for the checks of objects only. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  "one of each": ["--set", "groups=1,replicas=1,controllers=1"],
  "no jobs": ["--set", "coordinators=0,workers=0"],
  "workers with folders and a way out": [
    "--set",
    "worker.folders[0].path=/shared,worker.folders[0].claim=books,worker.httpInputs[0]=files.example,worker.scratch.sizeLimit=1Gi",
    "--set",
    "networkPolicy.workersMayReach[0].to[0].ipBlock.cidr=192.0.2.0/24,networkPolicy.workersMayReach[0].ports[0].port=443",
  ],
  "workers with S3": ["--set", "worker.s3.endpoint=https://s3.example,worker.s3.secretName=keys"],
  "Redis from outside": ["--set", `redisExternal.address=redis-\\{group\\}-\\{ordinal\\}.example.com:6379`],
  "every option of pods": EVERY_POD_OPTION,
  "more over pod templates": POD_TEMPLATES,
  "a toolbox": TOOLBOX,
  "no tests": ["--set", "tests.enabled=false"],
  "many groups": ["--set", "groups=12,replicas=5,controllers=5"],
  "as many replicas as there may be, each on a node of its own": [
    "--set",
    `replicas=${SCHEMA.properties.replicas.maximum},topologySpread.hard=true`,
  ],
  "chaos allowed": ["--set", "chaos.enabled=true,worker.folders[0].path=/shared,worker.folders[0].claim=books"],
  "backups on a volume, and a restore": BACKUPS,
  "backups in S3, and a restore without hooks": [
    "--set",
    `hooks.enabled=false,backup.enabled=true,backup.to.s3.url=s3://backups/some,${S3},restore.from=pvc://old`,
  ],
  "what make kind-up installs": KIND_UP,
  "clients named": ["--set", "networkPolicy.clients[0].podSelector.matchLabels.app=x"],
  "members with a certificate of cert-manager": BY_CERT_MANAGER,
  "members with a certificate of somebody else": BY_SOMEBODY,
  "everything of monitoring": [...CUSTOM_RESOURCES, ...GRAFANA_OPERATOR, ...dashboardsFor("auto")],
};
