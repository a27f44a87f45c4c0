// Each rule accepts docker/Dockerfile, and finds what it looks for in a file that was spoilt in one way.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DOCKERFILE_RULES } from "./dockerfile-rules.ts";
import type { Project } from "./dockerfile-rules.ts";

const ROOT = join(__dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const { dependencies } = JSON.parse(read("package.json")) as { readonly dependencies: { readonly node: string } };

const PROJECT: Project = {
  dockerfile: read("docker/Dockerfile"),
  nodeVersion: dependencies.node,
  targets: /^IMAGES := (.*)$/m.exec(read("Makefile"))?.[1]?.split(" ") ?? [],
};

/** Changes in the text of the file, after which a rule must complain. */
const SPOILT: readonly { readonly rule: string; readonly from: string | RegExp; readonly to: string }[] = [
  { rule: "basesArePinned", from: /node:[\d.]+-bookworm-slim/, to: "node:24-bookworm-slim" },
  { rule: "basesArePinned", from: /node:[\d.]+-bookworm-slim/, to: "node" },
  { rule: "basesArePinned", from: "BUILD_IMAGE=${NODE_IMAGE}", to: "BUILD_IMAGE=node:latest" },
  { rule: "basesArePinned", from: "RUNTIME_IMAGE=bare", to: "RUNTIME_IMAGE=bear" },
  { rule: "noSyntaxIsFetched", from: /^/, to: "# syntax=docker/dockerfile:1\n" },
  { rule: "nodeIsThatOfThePackages", from: /node:[\d.]+-/, to: "node:24.9.0-" },
  { rule: "nodeIsThatOfThePackages", from: /(node:[\d.]+)-/, to: "$10-" },
  { rule: "onlyNativeStagesRunAnything", from: "--platform=$BUILDPLATFORM ", to: "" },
  { rule: "onlyNativeStagesRunAnything", from: "WORKDIR /app", to: "RUN mkdir /app" },
  { rule: "onlyNativeStagesRunAnything", from: "COPY docker/etc", to: "RUN true\nCOPY docker/etc" },
  { rule: "targetsAreThere", from: "AS coordinator", to: "AS coordinators" },
  { rule: "targetsAreOfTheirPlatform", from: "FROM service AS cli", to: "FROM --platform=$BUILDPLATFORM service AS cli" },
  { rule: "targetsAreOfTheirPlatform", from: "FROM scratch", to: "FROM --platform=linux/amd64 scratch" },
  { rule: "targetsBeginWithNothing", from: "RUNTIME_IMAGE=bare", to: "RUNTIME_IMAGE=${NODE_IMAGE}" },
  { rule: "targetsBeginWithNothing", from: "FROM scratch", to: "FROM node" },
  { rule: "targetsAreNotRoot", from: "USER 65532:65532", to: "USER nonroot" },
  { rule: "targetsAreNotRoot", from: "USER 65532:65532", to: "" },
  { rule: "targetsAreNotRoot", from: "ENTRYPOINT [", to: "USER 0:0\nENTRYPOINT [" },
  { rule: "targetsNeedNoShell", from: 'CMD ["/app/replica.mjs"]', to: "CMD /app/replica.mjs" },
  { rule: "targetsNeedNoShell", from: 'ENTRYPOINT ["node"]', to: "" },
  { rule: "targetsAreLabelled", from: "image.source=", to: "image.sources=" },
  { rule: "targetsAreLabelled", from: 'image.title="flotilla-worker"', to: "image.title=" },
];

test.each(Object.keys(DOCKERFILE_RULES))("%s holds", (rule) => {
  expect(DOCKERFILE_RULES[rule]?.(PROJECT)).toEqual([]);
});

test.each(SPOILT)("$rule complains when $from becomes $to", ({ rule, from, to }) => {
  const dockerfile = PROJECT.dockerfile.replace(from, to);
  expect(dockerfile).not.toBe(PROJECT.dockerfile);
  expect(DOCKERFILE_RULES[rule]?.({ ...PROJECT, dockerfile })).not.toEqual([]);
});

test("every rule has something that it was shown to find", () => {
  expect([...new Set(SPOILT.map(({ rule }) => rule))].sort()).toEqual(Object.keys(DOCKERFILE_RULES).sort());
});

test("a digest is one version", () => {
  const dockerfile = PROJECT.dockerfile.replace(/(node:[\d.]+-bookworm-slim)/, `$1@sha256:${"0".repeat(64)}`);
  expect(DOCKERFILE_RULES["basesArePinned"]?.({ ...PROJECT, dockerfile })).toEqual([]);
});

test("what make builds is known", () => {
  expect(PROJECT.targets).toContain("replica");
  expect(PROJECT.targets.length).toBeGreaterThan(4);
});
