// What Chart.yaml tells a catalogue of charts is what the chart renders; needs no Helm.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const read = (path: string): string => readFileSync(join(__dirname, path), "utf8");
const { annotations, appVersion } = parse(read("../../charts/flotilla/Chart.yaml")) as {
  readonly annotations: Readonly<Record<string, string>>;
  readonly appVersion: string;
};
const rendered = [...new Set([...read("golden/default.yaml").matchAll(/^ +image: (\S+)$/gm)].map(([, image]) => image as string))];

test("the images that are listed are those of the pods", () => {
  const listed = parse(annotations["artifacthub.io/images"] ?? "") as readonly { readonly name: string; readonly image: string }[];
  expect(listed.map(({ image }) => image).sort()).toEqual(rendered.sort());
  expect(listed.map(({ name }) => `flotilla-${name}:${appVersion}`)).toEqual(listed.map(({ image }) => image));
});

test("the licence is the package's, and changes are what a catalogue can read", () => {
  const { license } = JSON.parse(read("../../package.json")) as { license: string };
  expect(annotations["artifacthub.io/license"]).toBe(license);
  const changes = parse(annotations["artifacthub.io/changes"] ?? "") as readonly { readonly kind: string; readonly description: string }[];
  expect(changes.length).toBeGreaterThan(0);
  for (const { kind, description } of changes) {
    expect(["added", "changed", "deprecated", "removed", "fixed", "security"]).toContain(kind);
    expect(description).not.toBe("");
  }
});

test("links have a name and an address, and what is recommended has one", () => {
  const links = parse(annotations["artifacthub.io/links"] ?? "") as readonly { readonly name: string; readonly url: string }[];
  const recommended = parse(annotations["artifacthub.io/recommendations"] ?? "") as readonly { readonly url: string }[];
  expect(links.every(({ name }) => name !== "")).toBe(true);
  for (const { url } of [...links, ...recommended]) expect(url).toMatch(/^https:\/\//);
  expect(links.length * recommended.length).toBeGreaterThan(0);
});
