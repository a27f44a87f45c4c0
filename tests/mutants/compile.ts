// A mutant has to be a program: one that does not compile is caught by anything, and proves nothing. Names that the
// rewrite leaves unused are no objection.
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../..");
const UNUSED = new Set([6133, 6138, 6192, 6196, 6198]);

export class MutantCompiler {
  readonly #services = new Map<string, ts.LanguageService>();
  /** What stands for the file at the moment, and a number that rises whenever that changes. */
  readonly #replaced = new Map<string, string>();
  readonly #versions = new Map<string, number>();

  /** What the compiler says against this text in place of the file; nothing when it is a program. */
  complaints(file: string, text: string): readonly string[] {
    const path = join(ROOT, file);
    const service = this.#serviceOf(file.split("/")[0] as string);
    this.#replace(path, text);
    const diagnostics = [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)];
    this.#replace(path, null);
    return diagnostics
      .filter(({ code }) => !UNUSED.has(code))
      .map(({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }

  #replace(path: string, text: string | null): void {
    if (text === null) this.#replaced.delete(path);
    else this.#replaced.set(path, text);
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }

  #serviceOf(project: string): ts.LanguageService {
    const known = this.#services.get(project);
    if (known !== undefined) return known;
    const folder = join(ROOT, project);
    const config = ts.parseJsonConfigFileContent(ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile).config, ts.sys, folder);
    // As one program with what it imports: the walls between the projects are others' concern.
    const settings = { ...config.options, composite: false, rootDir: ROOT, noEmit: true, emitDeclarationOnly: false };
    const service = ts.createLanguageService({
      getCompilationSettings: () => settings,
      getScriptFileNames: () => config.fileNames,
      getScriptVersion: (path) => String(this.#versions.get(path) ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#replaced.get(path) ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
    });
    this.#services.set(project, service);
    return service;
  }
}
