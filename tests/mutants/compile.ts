// A mutant has to be a program: one that does not compile is caught by anything, and proves nothing. Names that the
// rewrite leaves unused are no objection.
import { join } from "node:path";
import ts from "typescript";

const ROOT = join(import.meta.dirname, "../..");
const UNUSED = new Set([6133, 6138, 6192, 6196, 6198]);

export type ChangedFile = { readonly file: string; readonly text: string };

export class MutantCompiler {
  readonly #services = new Map<Project, ts.LanguageService>();
  /** What core and the others have in common is parsed once. */
  readonly #parsed = ts.createDocumentRegistry();
  /** What stands for the file at the moment, and a number that rises whenever that changes. */
  readonly #replaced = new Map<string, string>();
  readonly #versions = new Map<string, number>();

  /**
   * What the compiler says against each of these texts in place of its file; nothing when it is a program. Changes of different
   * files are looked at together, as that is where the time goes, and what is complained about then once more alone.
   */
  complaints(changes: readonly ChangedFile[]): readonly (readonly string[])[] {
    const found = changes.map((): readonly string[] => []);
    for (const round of roundsOf(changes)) {
      const together = round.map((i) => changes[i] as ChangedFile);
      for (const [at, complaints] of this.#look(together).entries()) {
        const i = round[at] as number;
        found[i] = complaints.length === 0 || round.length === 1 ? complaints : (this.#look([changes[i] as ChangedFile])[0] ?? []);
      }
    }
    return found;
  }

  #look(changes: readonly ChangedFile[]): readonly (readonly string[])[] {
    for (const { file, text } of changes) this.#replace(join(ROOT, file), text);
    const complaints = changes.map(({ file }) => this.#complaintsOf(file));
    for (const { file } of changes) this.#replace(join(ROOT, file), null);
    return complaints;
  }

  #complaintsOf(file: string): readonly string[] {
    const path = join(ROOT, file);
    const service = this.#serviceOf(projectOf(file));
    return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)]
      .filter(({ code }) => !UNUSED.has(code))
      .map(({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`);
  }

  #replace(path: string, text: string | null): void {
    if (text === null) this.#replaced.delete(path);
    else this.#replaced.set(path, text);
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }

  #serviceOf(project: Project): ts.LanguageService {
    const known = this.#services.get(project);
    if (known !== undefined) return known;
    const configs = foldersOf(project).map((name) => readConfig(join(ROOT, name)));
    const [config] = configs as [ts.ParsedCommandLine];
    // As one program with what it imports: the walls between the projects are others' concern.
    const fileNames = configs.flatMap((each) => each.fileNames);
    const settings = { ...config.options, composite: false, rootDir: ROOT, noEmit: true, emitDeclarationOnly: false };
    const host: ts.LanguageServiceHost = {
      getCompilationSettings: () => settings,
      getScriptFileNames: () => fileNames,
      getScriptVersion: (path) => String(this.#versions.get(path) ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#replaced.get(path) ?? ts.sys.readFile(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => ROOT,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: (path) => ts.sys.fileExists(path),
      readFile: (path) => ts.sys.readFile(path),
    };
    const service = ts.createLanguageService(host, this.#parsed);
    this.#services.set(project, service);
    return service;
  }
}

type Project = "core" | "the rest";

/** Core knows no name of the machine; the others are compiled with the same settings, so that one program holds them all. */
const projectOf = (file: string): Project => (file.startsWith("core/") ? "core" : "the rest");
const foldersOf = (project: Project): readonly string[] => (project === "core" ? ["core"] : ["runtime", "client", "services"]);

function readConfig(folder: string): ts.ParsedCommandLine {
  return ts.parseJsonConfigFileContent(ts.readConfigFile(join(folder, "tsconfig.json"), ts.sys.readFile).config, ts.sys, folder);
}

/** Positions of changes of one project, each file once a round. */
function roundsOf(changes: readonly ChangedFile[]): readonly (readonly number[])[] {
  const rounds = new Map<string, number[]>();
  const seen = new Map<string, number>();
  for (const [i, { file }] of changes.entries()) {
    const nth = seen.get(file) ?? 0;
    seen.set(file, nth + 1);
    const round = `${projectOf(file)} ${String(nth)}`;
    rounds.set(round, [...(rounds.get(round) ?? []), i]);
  }
  return [...rounds.values()];
}
