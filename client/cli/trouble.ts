// What goes wrong in a way that a person can put right: said in one line, with what to do next in another. Anything else that
// is thrown is a bug, and shows where it came from.

/** How a command ends. */
export const CODES = {
  done: 0,
  /** It did not happen, or what was found is not as it should be. */
  failed: 1,
  /** The command was not understood, and nothing was done. */
  misused: 2,
  /** It may have happened. */
  unknown: 3,
  interrupted: 130,
} as const;

export class Trouble extends Error {
  override readonly name: string = "Trouble";
  readonly next: string | null;
  readonly code: number;

  constructor(message: string, next: string | null = null, code: number = CODES.failed) {
    super(message);
    this.next = next;
    this.code = code;
  }
}

export class UsageError extends Trouble {
  override readonly name = "UsageError";

  constructor(message: string, next: string | null = null) {
    super(message, next, CODES.misused);
  }
}
