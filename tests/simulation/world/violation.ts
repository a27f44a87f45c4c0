// A promise that was broken. Thrown where it is seen; it ends the run and becomes its verdict.

export type ViolationKind =
  /** Something that must always hold didn't. */
  | "invariant"
  /** Clients saw what no single copy could have shown them. */
  | "history"
  /** After all faults had ended, the group didn't serve or its members didn't agree in time. */
  | "stuck"
  /** The program threw, or stopped calling itself wrong. */
  | "bug"
  /** The simulator itself can't go on; says nothing about the program. */
  | "simulator";

export class Violation extends Error {
  override readonly name = "Violation";
  readonly kind: ViolationKind;
  readonly promise: string;

  constructor(kind: ViolationKind, promise: string, what: string) {
    super(what);
    this.kind = kind;
    this.promise = promise;
  }
}
