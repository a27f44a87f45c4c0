// As much of kubectl's JSONPath as the procedures use: fields, [0], [*], a filter for one field, {range …}, and texts. What is an object
// or a list is written as JSON, and what is not there as nothing.
type Node = unknown;

export function filledIn(template: string, root: Node): string {
  const range = /^(.*?)\{range ([^}]+)\}(.*?)\{end\}(.*)$/s.exec(template);
  if (range === null) return plain(template, root);
  const [, before = "", path = "", each = "", after = ""] = range;
  const repeated = found(path, root).map((node) => plain(each, node));
  return plain(before, root) + repeated.join("") + filledIn(after, root);
}

function plain(template: string, root: Node): string {
  return template.replaceAll(/\{("[^"]*"|[^}]*)\}/g, (_, inner: string) =>
    inner.startsWith('"') ? (JSON.parse(inner) as string) : found(inner, root).map(written).join(" "),
  );
}

function written(node: Node): string {
  return typeof node === "string" ? node : JSON.stringify(node);
}

function found(path: string, root: Node): readonly Node[] {
  const steps = path.match(/\.(?:\\.|[^.[\\])+|\[[^\]]+\]/g) ?? [];
  return steps.reduce<readonly Node[]>((nodes, step) => nodes.flatMap((node) => next(step, node)), [root]);
}

function next(step: string, node: Node): readonly Node[] {
  const filter = /^\[\?\(@\.(\w+)=="([^"]*)"\)\]$/.exec(step);
  const list = Array.isArray(node) ? (node as readonly Readonly<Record<string, Node>>[]) : [];
  if (filter !== null) return list.filter((each) => each[filter[1] ?? ""] === filter[2]);
  if (step === "[*]") return list;
  if (step.startsWith("[")) return list.slice(Number(step.slice(1, -1))).slice(0, 1);
  const value = (node as Readonly<Record<string, Node>> | undefined)?.[step.slice(1).replaceAll("\\", "")];
  return value === undefined ? [] : [value];
}
