// What was given to one command, already checked: its arguments and flags by name. Asking for a name that the command does
// not declare is a bug of the command, and every test of it finds it.
import { assert } from "../../../core/base/assert.ts";

export type GivenValue = string | number | boolean;

export class Given {
  readonly #arguments: ReadonlyMap<string, readonly string[]>;
  readonly #flags: ReadonlyMap<string, GivenValue | null>;

  constructor(positionals: ReadonlyMap<string, readonly string[]>, flags: ReadonlyMap<string, GivenValue | null>) {
    this.#arguments = positionals;
    this.#flags = flags;
  }

  /** One that has to be given. */
  argument(name: string): string {
    const value = this.optional(name);
    assert(value !== null, `argument ${name} is given`);
    return value;
  }

  optional(name: string): string | null {
    return this.list(name)[0] ?? null;
  }

  list(name: string): readonly string[] {
    const values = this.#arguments.get(name);
    assert(values !== undefined, `the command declares the argument ${name}`);
    return values;
  }

  has(flag: string): boolean {
    return this.#value(flag) === true;
  }

  /** Null where there is neither a value nor a fallback. */
  text(flag: string): string | null {
    const value = this.#value(flag);
    return value === null ? null : String(value);
  }

  number(flag: string): number | null {
    const value = this.#value(flag);
    assert(value === null || typeof value === "number", `${flag} is a number`);
    return value;
  }

  /** A flag that has a fallback. */
  numberOr(flag: string): number {
    const value = this.number(flag);
    assert(value !== null, `${flag} has a fallback`);
    return value;
  }

  #value(flag: string): GivenValue | null {
    const value = this.#flags.get(flag);
    assert(value !== undefined, `the command declares the flag ${flag}`);
    return value;
  }
}
