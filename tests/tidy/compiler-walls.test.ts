// core/ is compiled without any name of the machine. Each snippet is checked with core's own options, as if it stood in
// core/base.
import { join } from "node:path";
import ts from "typescript";

const CORE = join(__dirname, "../../core");
const snippetAt = (i: number): string => join(CORE, `base/snippet-${i}-of-a-test.ts`);

const UNKNOWN_NAME = [2304, 2584, 2591, 2318];
const UNKNOWN_MODULE = [2307, 2591];
const OUTSIDE = [6059, 6307];

const CASES = [
  ...[
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "process",
    "Buffer",
    "console",
    "fetch",
    "crypto",
    "performance",
    "require",
  ].map((name) => ({
    name,
    text: `export const x: unknown = ${name};`,
    codes: UNKNOWN_NAME,
  })),
  { name: 'import "node:fs"', text: 'import { readFileSync } from "node:fs";\nexport const x = readFileSync;', codes: UNKNOWN_MODULE },
  { name: "an import from outside core/", text: 'export * from "../../tests/suites/report.ts";', codes: OUTSIDE },
];

const ALLOWED = [
  { name: "text as bytes", text: 'export const x = new TextEncoder().encode("a");' },
  { name: "imports inside core/", text: 'export { assert } from "./assert.ts";' },
];

const config = ts.parseJsonConfigFileContent(ts.readConfigFile(join(CORE, "tsconfig.json"), ts.sys.readFile).config, ts.sys, CORE);
const options: ts.CompilerOptions = { ...config.options, noEmit: true, emitDeclarationOnly: false };
const host = ts.createCompilerHost(options);
const parsedFiles = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of each snippet. They are checked together, because a program takes long and knows nothing of one that the other doesn't. */
function codesOf(snippets: readonly { readonly name: string; readonly text: string }[]): ReadonlyMap<string, readonly number[]> {
  const texts = new Map(snippets.map(({ text }, i) => [snippetAt(i), text]));
  const reading: ts.CompilerHost = {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    getSourceFile: (path, target) => {
      const text = texts.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, target, true);
      if (!parsedFiles.has(path)) parsedFiles.set(path, host.getSourceFile(path, target));
      return parsedFiles.get(path);
    },
  };
  const program = ts.createProgram([...config.fileNames, ...texts.keys()], options, reading);
  const ofAll = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  const ofSnippet = (i: number): readonly ts.Diagnostic[] => program.getSemanticDiagnostics(program.getSourceFile(snippetAt(i)));
  return new Map(snippets.map(({ name }, i) => [name, [...ofAll, ...ofSnippet(i)].map(({ code }) => code)]));
}

const inside = codesOf([...CASES.filter(({ codes }) => codes !== OUTSIDE), ...ALLOWED]);
// What this one does is said of the program as a whole.
const outside = codesOf(CASES.filter(({ codes }) => codes === OUTSIDE));

test.each(CASES)("core/ does not know $name", ({ name, codes }) => {
  const found = (codes === OUTSIDE ? outside : inside).get(name);
  expect(found).not.toEqual([]);
  expect(found?.filter((code) => !codes.includes(code))).toEqual([]);
});

test.each(ALLOWED)("core/ knows $name", ({ name }) => {
  expect(inside.get(name)).toEqual([]);
});
