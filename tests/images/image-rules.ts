// What must hold for a built image: each rule is a function from what the engine says of it, and from a list of the files in a
// container of it, to complaints, so that it can be shown to find what it looks for.
export type ImageConfig = {
  readonly User: string;
  readonly Entrypoint: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  readonly Env: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
};

export type ImageFile = {
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "other";
  /** Permissions alone. */
  readonly mode: number;
  readonly owner: number;
  readonly bytes: number;
};

export type BuiltImage = {
  readonly name: string;
  readonly version: string;
  readonly config: ImageConfig;
  readonly files: readonly ImageFile[];
};

export type ImageRule = (image: BuiltImage) => readonly string[];

const USER = 65_532;
const LABELS = ["title", "description", "vendor", "licenses", "version", "revision", "source", "created", "base.name"];
const PROGRAM = "/usr/local/bin/node";
/** For whoever runs the command line beside the first process of its image. Two lines, which the program reads. */
const COMMAND = "/usr/local/bin/flotilla";
/** Besides the program: what it loads, names, and the bundles with their licences and bills of materials. */
const KNOWN = [
  /^\/lib(?:64)?\/ld-linux-[\w-]+\.so\.\d$/,
  /^\/lib\/lib(?:c|dl|gcc_s|m|pthread|stdc\+\+)\.so\.\d$/,
  /^\/etc\/(?:passwd|group|nsswitch\.conf)$/,
  /^\/app\/[\w-]+\.mjs(?:\.LEGAL\.txt|\.cdx\.json)?$/,
];
/** What engines put into every container. */
const FROM_THE_ENGINE = /^\/(?:\.dockerenv|etc\/(?:hosts|hostname|resolv\.conf|mtab)|run\/\.containerenv)$/;
const LIBRARY = /^\/lib(?:64)?\/[^/]+\.so\.\d$/;

export const nothingElseIsInIt: ImageRule = ({ name, files }) =>
  files
    .filter(({ kind, path }) => kind !== "folder" && !programsOf(name).includes(path) && !FROM_THE_ENGINE.test(path))
    .filter(({ path }) => !KNOWN.some((known) => known.test(path)))
    .map(({ path }) => `${path} is in it`);

export const everyBundleHasItsBill: ImageRule = ({ files }) => {
  const paths = files.map(({ path }) => path);
  const bundles = paths.filter((path) => /^\/app\/[\w-]+\.mjs$/.test(path));
  return bundles.filter((path) => !paths.includes(`${path}.cdx.json`)).map((path) => `nothing says what ${path} consists of`);
};

export const onlyNodeCanBeRun: ImageRule = ({ name, files }) => {
  const programs = files.filter(({ kind, mode }) => kind === "file" && (mode & 0o111) !== 0).map(({ path }) => path);
  const found = programs.filter((path) => !LIBRARY.test(path) && !FROM_THE_ENGINE.test(path)).sort();
  return found.join() === programsOf(name).join() ? [] : [`what can be run is ${found.join() || "nothing"}`];
};

export const nothingGivesPrivileges: ImageRule = ({ files }) =>
  files.filter(({ kind, mode }) => kind === "file" && (mode & 0o6000) !== 0).map(({ path }) => `${path} runs as somebody else`);

/** Where nothing is mounted there. */
export const thereIsAPlaceForScratch: ImageRule = ({ files }) =>
  files.some(({ path, kind, mode }) => path === "/tmp" && kind === "folder" && mode === 0o1777) ? [] : ["/tmp is not for everybody"];

/** Its processes could change their own programs where nobody takes care of a read-only root. */
export const nothingCanBeChanged: ImageRule = ({ files }) =>
  files
    .filter(({ path, kind, mode, owner }) => path !== "/tmp" && kind !== "link" && (owner === USER || (mode & 0o002) !== 0))
    .map(({ path }) => `${path} can be written to`);

export const itIsNotRoot: ImageRule = ({ config }) => (config.User === `${USER}:${USER}` ? [] : [`it runs as ${config.User || "root"}`]);

export const nodeIsItsFirstProcess: ImageRule = ({ config }) => {
  const [program, ...rest] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  return program === "node" && rest.some((word) => /^\/app\/[\w-]+\.mjs$/.test(word)) ? [] : [`it runs ${[program, ...rest].join(" ")}`];
};

export const nodeIsFound: ImageRule = ({ config }) => {
  const path =
    config.Env?.find((each) => each.startsWith("PATH="))
      ?.slice("PATH=".length)
      .split(":") ?? [];
  return path.includes("/usr/local/bin") && path.includes("/nodejs/bin") ? [] : [`its PATH is ${path.join(":")}`];
};

export const labelsSayWhatItIs: ImageRule = ({ name, version, config }) => {
  const label = (key: string): string => config.Labels?.[`org.opencontainers.image.${key}`] ?? "";
  const missing = LABELS.filter((key) => label(key) === "").map((key) => `it does not say its ${key}`);
  const wanted = [
    ["title", name],
    ["version", version],
  ] as const;
  return [...missing, ...wanted.filter(([key, value]) => label(key) !== value).map(([key]) => `its ${key} is ${label(key)}`)];
};

export const IMAGE_RULES: Readonly<Record<string, ImageRule>> = {
  nothingElseIsInIt,
  everyBundleHasItsBill,
  onlyNodeCanBeRun,
  nothingGivesPrivileges,
  thereIsAPlaceForScratch,
  nothingCanBeChanged,
  itIsNotRoot,
  nodeIsItsFirstProcess,
  nodeIsFound,
  labelsSayWhatItIs,
};

/** In order. */
const programsOf = (name: string): readonly string[] => (name === "flotilla-cli" ? [COMMAND, PROGRAM] : [PROGRAM]);
