// `make kind-up`: a kind cluster on this machine with the images, monitoring and the chart; then where everything is, what to break, and
// which panel will move. Each step can be repeated. The Makefile builds the images first.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { BREAKAGES, breakageLines } from "./what-to-break.ts";

const REPOSITORY = "https://prometheus-community.github.io/helm-charts";
/** Its values change now and then; kind/kube-prometheus-stack.yaml is for this one. */
const STACK_VERSION = "88.5.3";
const KIND = join(import.meta.dirname, "kind");
const CONFIG = join(KIND, "cluster.yaml");
const CLUSTER = (parse(readFileSync(CONFIG, "utf8")) as { name: string }).name;
const CHART = join(import.meta.dirname, "../charts/flotilla");
const images = process.argv.slice(2);

for (const program of ["docker", "kind", "kubectl", "helm"])
  if (spawnSync(program, ["--help"]).error !== undefined) end(`${program} can't be found, and is needed`);

if (!read("kind", ["get", "clusters"]).split("\n").includes(CLUSTER))
  run("kind", ["create", "cluster", "--config", CONFIG, "--wait", "120s"]);
run("kubectl", ["config", "use-context", `kind-${CLUSTER}`]);
run("kind", ["load", "docker-image", "--name", CLUSTER, ...images]);
const stack = ["kube-prometheus-stack", "kube-prometheus-stack", "--repo", REPOSITORY, "--version", STACK_VERSION];
const monitoring = ["--namespace", "monitoring", "--create-namespace", "--values", join(KIND, "kube-prometheus-stack.yaml")];
run("helm", ["upgrade", "--install", ...stack, ...monitoring, "--wait", "--timeout", "5m"]);
const settings = ["--values", join(CHART, "values-kind.yaml"), "--values", join(KIND, "flotilla.yaml")];
run("helm", ["upgrade", "--install", "flotilla", CHART, ...settings, "--wait", "--timeout", "5m"]);
const secret = [
  "get",
  "secret",
  "--namespace",
  "monitoring",
  "kube-prometheus-stack-grafana",
  "--output",
  "jsonpath={.data.admin-password}",
];
const password = Buffer.from(read("kubectl", secret), "base64").toString("utf8");

console.log(`
Flotilla   http://127.0.0.1:7400/v1/status
Grafana    http://127.0.0.1:3000/dashboards?tag=flotilla   user admin, password ${password}

  curl -X PUT -H 'content-type: application/json' -d '{"value":"hello"}' http://127.0.0.1:7400/v1/kv/greeting
  curl http://127.0.0.1:7400/v1/kv/greeting
  helm test flotilla

Break it, and look in Grafana:
${breakageLines(BREAKAGES).join("\n")}

When the chaos run has ended, its page is there:
  kubectl get configmap flotilla-chaos --output go-template='{{ index .data "report.html" }}' > chaos.html

All of it ends with: kind delete cluster --name ${CLUSTER}`);

function run(program: string, args: readonly string[]): void {
  console.log(`$ ${program} ${args.join(" ")}`);
  const { status } = spawnSync(program, [...args], { stdio: "inherit" });
  if (status !== 0) end(`${program} failed`);
}

function read(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, [...args], { encoding: "utf8" });
  if (status !== 0) end(`${program} ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

function end(why: string): never {
  console.error(why);
  process.exit(1);
}
