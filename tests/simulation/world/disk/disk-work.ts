// One operation on a simulated disk, between its start and its end.
import type { FileOperation } from "../../../../runtime/disk/file-port.ts";

export type Work<T> = {
  readonly operation: FileOperation;
  readonly path: string;
  readonly syncs: boolean;
  /** Takes effect and gives the value, or says what is wrong. */
  readonly perform: () => T | Failure;
  /** What a crash may leave of it. */
  readonly interrupted?: () => void;
};

export class Failure {
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }
}
