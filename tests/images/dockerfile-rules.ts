// What must hold for docker/Dockerfile, by itself: each rule is a function from the file to complaints, so that it can be shown to
// find what it looks for. What only a built image shows is asked by main.ts.
import type { Dockerfile, Instruction } from "./dockerfile.ts";
import { lineage, parseDockerfile } from "./dockerfile.ts";

export type Project = {
  readonly dockerfile: string;
  /** Of the package `node`. */
  readonly nodeVersion: string;
  /** What `make images` builds. */
  readonly targets: readonly string[];
};

export type DockerfileRule = (project: Project) => readonly string[];

const ONE_VERSION = /:\d+\.\d+\.\d+(?:-[\w.-]+)?$|@sha256:[0-9a-f]{64}$/;
/** The platform of the machine that builds. Everything else may be another machine's, on which nothing can be run. */
const NATIVE = "$BUILDPLATFORM";
const LABELS = ["title", "description", "vendor", "licenses", "version", "revision", "source", "created", "base.name"];

/** A tag that moves makes two builds of one commit differ. */
export const basesArePinned: DockerfileRule = ({ dockerfile }) => {
  const { stages } = parseDockerfile(dockerfile);
  return stages
    .filter(({ base }, i) => base !== "scratch" && !stages.slice(0, i).some(({ name }) => name === base) && !ONE_VERSION.test(base))
    .map(({ name, base }) => `${name}: ${base} is not one version`);
};

/** It would be fetched, and be whatever it is that day. */
export const noSyntaxIsFetched: DockerfileRule = ({ dockerfile }) =>
  /^#\s*syntax\s*=/im.test(dockerfile) ? ["the syntax of the file is fetched"] : [];

export const nodeIsThatOfThePackages: DockerfileRule = ({ dockerfile, nodeVersion }) => {
  const image = parseDockerfile(dockerfile).defaults.get("NODE_IMAGE") ?? "";
  return image.startsWith(`node:${nodeVersion}-`) ? [] : [`NODE_IMAGE is ${image}, and package.json has Node ${nodeVersion}`];
};

export const onlyNativeStagesRunAnything: DockerfileRule = ({ dockerfile }) =>
  parseDockerfile(dockerfile)
    .stages.filter(({ platform, instructions }) => platform !== NATIVE && instructions.some(({ keyword }) => keyword === "RUN"))
    .map(({ name }) => `${name}: runs something on the platform that is built for`);

export const targetsAreThere: DockerfileRule = (project) =>
  ofTargets(project, (instructions) => (instructions.length === 0 ? ["is no stage"] : []));

/** A native stage would bring the programs of the machine that builds. */
export const targetsAreOfTheirPlatform: DockerfileRule = ({ dockerfile, targets }) => {
  const file = parseDockerfile(dockerfile);
  return targets
    .filter((name) => lineage(file, name).some(({ platform }) => platform !== null))
    .map((name) => `${name}: is of one platform`);
};

/** The default, that is: with RUNTIME_IMAGE it is somebody else's. */
export const targetsBeginWithNothing: DockerfileRule = ({ dockerfile, targets }) => {
  const file = parseDockerfile(dockerfile);
  return targets.filter((name) => lineage(file, name).at(-1)?.base !== "scratch").map((name) => `${name}: is not from scratch`);
};

export const targetsAreNotRoot: DockerfileRule = (project) =>
  ofTargets(project, (instructions) => {
    const user = instructions.find(({ keyword }) => keyword === "USER")?.text ?? "root";
    return /^[1-9]\d*:[1-9]\d*$/.test(user) ? [] : [`the user is ${user}`];
  });

/** A text would be given to a shell. */
export const targetsNeedNoShell: DockerfileRule = (project) =>
  ofTargets(project, (instructions) =>
    ["ENTRYPOINT", "CMD"].flatMap((wanted) => {
      const text = instructions.find(({ keyword }) => keyword === wanted)?.text ?? "";
      return text.startsWith('["') ? [] : [`${wanted} is no list: ${text}`];
    }),
  );

export const targetsAreLabelled: DockerfileRule = (project) =>
  ofTargets(project, (instructions) => {
    const labels = instructions.filter(({ keyword }) => keyword === "LABEL").map(({ text }) => text);
    return LABELS.filter((label) => !labels.some((text) => text.includes(`org.opencontainers.image.${label}="`))).map(
      (label) => `no label says its ${label}`,
    );
  });

export const DOCKERFILE_RULES: Readonly<Record<string, DockerfileRule>> = {
  basesArePinned,
  noSyntaxIsFetched,
  nodeIsThatOfThePackages,
  onlyNativeStagesRunAnything,
  targetsAreThere,
  targetsAreOfTheirPlatform,
  targetsBeginWithNothing,
  targetsAreNotRoot,
  targetsNeedNoShell,
  targetsAreLabelled,
};

/** The target's own instructions first, then those that it inherits. */
function ofTargets(
  { dockerfile, targets }: Project,
  complaints: (instructions: readonly Instruction[]) => readonly string[],
): readonly string[] {
  const file: Dockerfile = parseDockerfile(dockerfile);
  return targets.flatMap((name) => {
    const instructions = lineage(file, name).flatMap((stage) => stage.instructions.toReversed());
    return complaints(instructions).map((complaint) => `${name}: ${complaint}`);
  });
}
