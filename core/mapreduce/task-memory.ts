// What an attempt may take of its worker's memory: the process in which it runs, and where its code is isolated, one more for that.
import type { Assignment } from "./assignment.ts";

type Work = Pick<Assignment, "phase" | "description">;

/** What a process needs before it has done anything, and room for buffers that are written out soon. */
export const PROCESS_BYTES_LEAST = 192 << 20;

export function isIsolated({ phase, description: { program, options } }: Work): boolean {
  return program.kind === "code" && options.isolation === "process" && (phase === "map" || phase === "reduce");
}

/** Of the process of the task itself. */
export const processMemory = ({ options }: Work["description"]): number => Math.max(PROCESS_BYTES_LEAST, options.memoryBytes);

/** Of all its processes. */
export function attemptMemory(work: Work): number {
  return processMemory(work.description) + (isIsolated(work) ? work.description.options.memoryBytes : 0);
}
