// Claims that must hold, checked in production too: a member that stops is safe, one that goes on wrongly is not.
// A failed claim is a bug in this program, never something that a client or a peer can cause.

export class AssertionFailure extends Error {
  override readonly name = "AssertionFailure";
}

export function assert(claim: boolean, meaning: string): asserts claim {
  if (!claim) throw new AssertionFailure(`does not hold: ${meaning}`);
}

/** The value, where the code around it proves that there is one. */
export function present<T>(value: T | null | undefined, meaning: string): T {
  if (value === null || value === undefined) throw new AssertionFailure(`missing: ${meaning}`);
  return value;
}

/** For the default branch of an exhaustive switch: compiles only while every case is handled. */
export function unreachable(value: never): never {
  throw new AssertionFailure(`unhandled case: ${JSON.stringify(value)}`);
}
