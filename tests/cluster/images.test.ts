import { ALL_IMAGES, missingIn } from "./images.ts";

const WANTED = { images: ALL_IMAGES, tag: "1.0.0" };
const node = (name: string, images: readonly string[]) => ({
  metadata: { name },
  status: { images: images.map((image) => ({ names: [image] })) },
});
const flotillas = (prefix: string, tag: string): readonly string[] => ALL_IMAGES.map((image) => `${prefix}flotilla-${image}:${tag}`);

test.each(["docker.io/library/", "localhost/", ""])("images that a runtime calls %s... are there", (prefix) => {
  expect(missingIn([node("a", flotillas(prefix, "1.0.0"))], WANTED)).toEqual([]);
});

test("what is missing is named with its node", () => {
  const nodes = [node("a", flotillas("docker.io/library/", "1.0.0")), node("b", flotillas("docker.io/library/", "1.0.0").slice(1))];
  expect(missingIn(nodes, WANTED)).toEqual(["flotilla-replica:1.0.0 on b"]);
  expect(missingIn(nodes, { ...WANTED, images: ["cli", "worker"] })).toEqual([]);
  expect(missingIn(nodes.slice(0, 1), { ...WANTED, tag: "older" })).toHaveLength(ALL_IMAGES.length);
});

test.each(["docker.io/library/flotilla-cli:1.0.01", "docker.io/library/not-flotilla-cli:1.0.0"])("%s is another image", (other) => {
  const images = flotillas("docker.io/library/", "1.0.0").filter((image) => !image.includes("cli"));
  expect(missingIn([node("a", [...images, other])], WANTED)).toEqual(["flotilla-cli:1.0.0 on a"]);
});

test("a node that tells of some of its images only, or of some of their names, may have them", () => {
  const others = Array.from({ length: 50 }, (_, i) => `other:${i}`);
  expect(missingIn([node("a", others)], WANTED)).toEqual([]);
  expect(missingIn([{ metadata: { name: "a" }, status: { images: [{ names: others.slice(0, 5) }] } }], WANTED)).toEqual([]);
});
