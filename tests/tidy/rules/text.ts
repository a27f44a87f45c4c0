// What no file may hold: a promise to finish later, and anything that is true on one machine only.
import type { Rule } from "./source-tree.ts";

const UNFINISHED = /\b(?:TO(?:DO)|FIX(?:ME)|XX(?:X))\b/;
const MACHINE_PATH = /(?<![\w.~$})/-])\/(?:home|Users|root|work|mnt|opt)\/[\w.-]+/;
const REGISTRY_HOST = /\b(?:registry|mirror|artifactory|nexus|packages?)\.[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|internal|local)\b/i;

export const nothingIsLeftForLater: Rule = (files) => complain(files, UNFINISHED, "leaves something for later");
export const noMachinePaths: Rule = (files) => complain(files, MACHINE_PATH, "names a path of one machine");
export const noRegistryHosts: Rule = (files) => complain(files, REGISTRY_HOST, "names a package host");

export const lockFileNamesNoHost: Rule = (files) =>
  files
    .filter(({ path, text }) => path === "package-lock.json" && /"resolved"\s*:/.test(text))
    .map(({ path }) => `${path} says where packages were fetched from`);

export const packagesArePinned: Rule = (files) =>
  files
    .filter(({ path }) => path === "package.json")
    .flatMap(({ path, text }) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string> | undefined>;
      return Object.entries({ ...dependencies, ...devDependencies })
        .filter(([, version]) => !/^(?:npm:[@a-z][\w/-]*@)?\d+\.\d+\.\d+$/.test(version))
        .map(([name, version]) => `${path} asks for ${name} ${version}, not for one version`);
    });

function complain(files: Parameters<Rule>[0], pattern: RegExp, complaint: string): readonly string[] {
  return files
    .filter(({ path }) => path !== "package-lock.json")
    .flatMap(({ path, text }) =>
      text.split("\n").flatMap((line, i) => {
        const found = pattern.exec(line);
        return found === null ? [] : [`${path}:${i + 1} ${complaint}: ${found[0]}`];
      }),
    );
}
