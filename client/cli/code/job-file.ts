// From a job file to the code that is sent: checked by the compiler, then bundled with what it imports into one module.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Plugin } from "esbuild";
import type ts from "typescript";

export type JobCode = { readonly code: string; readonly hash: string };

/** What is wrong with the file, a line for each mistake. */
export class JobFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JobFileError";
  }
}

export type JobFileOptions = {
  /** The declarations of `flotilla`. */
  readonly declarations: string;
  /** Modules of Node may be imported: for code that runs without isolation. */
  readonly mayUseNode: boolean;
};

const CODE_BYTES_MAX = 1_048_576;
const PACKAGE = "flotilla";

export async function jobCode(path: string, options: JobFileOptions): Promise<JobCode> {
  const file = resolve(path);
  if (!existsSync(file)) throw new JobFileError(`${path} does not exist`);
  if (/\.[cm]?ts$/.test(file)) await checkTypes(file, options);
  return bundle(file, options);
}

/** Of a file whose types somebody else has checked. */
export async function bundle(path: string, { mayUseNode }: Pick<JobFileOptions, "mayUseNode">): Promise<JobCode> {
  const code = await bundled(resolve(path), mayUseNode);
  if (Buffer.byteLength(code) > CODE_BYTES_MAX) {
    throw new JobFileError(`${path} with all that it imports has more than ${String(CODE_BYTES_MAX)} bytes`);
  }
  return { code, hash: createHash("sha256").update(code).digest("hex") };
}

async function checkTypes(file: string, { declarations, mayUseNode }: JobFileOptions): Promise<void> {
  const { default: compiler } = await import("typescript");
  const compilerOptions: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: compiler.ScriptTarget.ES2023,
    module: compiler.ModuleKind.ESNext,
    moduleResolution: compiler.ModuleResolutionKind.Bundler,
    // `console` and timers come with it; what is forbidden shows when it is tried.
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
    types: mayUseNode ? ["node"] : [],
    paths: { [PACKAGE]: [declarations] },
  };
  const program = compiler.createProgram([file], compilerOptions);
  const mistakes = compiler.getPreEmitDiagnostics(program);
  if (mistakes.length > 0)
    throw new JobFileError(
      mistakes
        .slice(0, 10)
        .map((mistake) => shown(compiler, mistake))
        .join("\n"),
    );
}

function shown(compiler: typeof ts, { file, start, messageText }: ts.Diagnostic): string {
  const text = compiler.flattenDiagnosticMessageText(messageText, " ");
  if (file === undefined || start === undefined) return text;
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  return `${relative(process.cwd(), file.fileName)}:${String(line + 1)}:${String(character + 1)} ${text}`;
}

async function bundled(file: string, mayUseNode: boolean): Promise<string> {
  const { build } = await import("esbuild");
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: "esm",
      target: "node24",
      platform: mayUseNode ? "node" : "neutral",
      mainFields: ["module", "main"],
      logLevel: "silent",
      plugins: [withoutPackage],
    });
    return outputFiles[0]?.text ?? "";
  } catch (error) {
    const { errors = [] } = error as { readonly errors?: readonly EsbuildMessage[] };
    if (errors.length === 0) throw error;
    throw new JobFileError(errors.slice(0, 10).map(shownByBundler).join("\n"));
  }
}

type EsbuildMessage = {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
};

function shownByBundler({ text, location }: EsbuildMessage): string {
  return location === null ? text : `${location.file}:${String(location.line)}:${String(location.column + 1)} ${text}`;
}

/** `defineJob` returns what it gets. */
const withoutPackage: Plugin = {
  name: "without-the-package",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^flotilla$/ }, () => ({ path: PACKAGE, namespace: PACKAGE }));
    onLoad({ filter: /^flotilla$/, namespace: PACKAGE }, () => ({ contents: "export const defineJob = (job) => job;", loader: "js" }));
  },
};
