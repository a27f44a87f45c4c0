// Lints the snippets that come in as JSON on standard input with the project's real configuration, and prints which
// rules fired. A process of its own, because ESLint loads its configuration in a way that jest does not allow.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ESLint } from "eslint";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../../..");

/** The text takes the place of the file at `path`. */
type Snippet = { readonly path: string; readonly text: string };

// What a snippet needs of the language, with the project's flags. What it imports is not looked at: the project's own programs, made anew
// for every snippet, are half a minute of work.
const base = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), ts.sys.readFile).config as { readonly compilerOptions: object };
const { options } = ts.convertCompilerOptionsFromJson({ ...base.compilerOptions, noResolve: true }, ROOT);
const host = ts.createCompilerHost(options, true);
const parsedFiles = new Map<string, ts.SourceFile | undefined>();

function programOf({ path, text }: Snippet): ts.Program {
  const own = join(ROOT, path);
  const reading: ts.CompilerHost = {
    ...host,
    getSourceFile: (file, target) => {
      if (file === own) return ts.createSourceFile(file, text, target, true);
      if (!parsedFiles.has(file)) parsedFiles.set(file, host.getSourceFile(file, target));
      return parsedFiles.get(file);
    },
  };
  return ts.createProgram([own], options, reading);
}

const snippets = JSON.parse(readFileSync(0, "utf8")) as Snippet[];
const fired: string[][] = [];
for (const snippet of snippets) {
  const parserOptions = { projectService: false, programs: [programOf(snippet)] };
  const eslint = new ESLint({ cwd: ROOT, overrideConfig: { files: ["**/*.ts"], languageOptions: { parserOptions } } });
  const results = await eslint.lintText(snippet.text, { filePath: snippet.path });
  fired.push(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message)));
}
process.stdout.write(JSON.stringify(fired));
