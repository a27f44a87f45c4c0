// core/ is compiled without any name of the machine. Each snippet is checked with core's own options, as if it stood in
// core/base.
import { join } from "node:path";
import ts from "typescript";

const CORE = join(__dirname, "../../core");
const SNIPPET = join(CORE, "base/snippet-of-a-test.ts");

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

function codesOf(text: string): readonly number[] {
  const reading: ts.CompilerHost = {
    ...host,
    fileExists: (path) => path === SNIPPET || host.fileExists(path),
    getSourceFile: (path, target) => {
      if (path === SNIPPET) return ts.createSourceFile(path, text, target, true);
      if (!parsedFiles.has(path)) parsedFiles.set(path, host.getSourceFile(path, target));
      return parsedFiles.get(path);
    },
  };
  const program = ts.createProgram([...config.fileNames, SNIPPET], options, reading);
  const snippet = program.getSourceFile(SNIPPET);
  return [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics(), ...program.getSemanticDiagnostics(snippet)].map(
    ({ code }) => code,
  );
}

test.each(CASES)("core/ does not know $name", ({ text, codes }) => {
  const found = codesOf(text);
  expect(found).not.toEqual([]);
  expect(found.filter((code) => !codes.includes(code))).toEqual([]);
});

test.each(ALLOWED)("core/ knows $name", ({ text }) => {
  expect(codesOf(text)).toEqual([]);
});
