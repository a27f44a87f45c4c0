// How much memory there is for this process and all that it starts: what its container may use, or what the machine has.
import { totalmem } from "node:os";

export const memoryHere = (): number => memoryLimit(process.constrainedMemory(), totalmem());

/** Without a limit the system says nothing, or more than there is. */
export function memoryLimit(constrained: number, machine: number): number {
  return constrained > 0 ? Math.min(constrained, machine) : machine;
}
