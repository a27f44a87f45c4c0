// Runs kubectl and helm, with a deadline, and fails with what they said.
import { execFile } from "node:child_process";

export type RunOptions = { readonly input?: string; readonly deadlineMs?: number };

const DEADLINE_MS = 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export class ProgramFailed extends Error {
  override readonly name = "ProgramFailed";
}

export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input = "", deadlineMs = DEADLINE_MS } = options;
  return new Promise((resolve, reject) => {
    const settings = { timeout: deadlineMs, maxBuffer: OUTPUT_BYTES_MAX };
    const child = execFile(program, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new ProgramFailed(
            `${program} ${args.join(" ")}: ${error.killed === true ? `not within ${deadlineMs} ms` : stderr || error.message}`,
          ),
        );
    });
    child.stdin?.end(input);
  });
}
