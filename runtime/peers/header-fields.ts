// Reads the fields of a message's header, which anybody may have written. A field that is missing or out of range is
// noted and replaced by a harmless value, so that a reader states each field once and asks at the end whether all was well.

/** Every number on the wire is a whole one that fits the 48 bits which an encoded entry has for it. */
export const WIRE_NUMBER_MAX = 2 ** 48 - 1;
const TEXT_LENGTH_MAX = 1_024;
const LIST_LENGTH_MAX = 65_536;

/** The first problem that was met, shared by a header and the objects inside it. */
type Verdict = { problem: string | null };
type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = Object.freeze({});

export class HeaderFields {
  readonly #fields: Fields;
  readonly #verdict: Verdict;

  constructor(fields: Fields, verdict: Verdict = { problem: null }) {
    this.#fields = fields;
    this.#verdict = verdict;
  }

  get problem(): string | null {
    return this.#verdict.problem;
  }

  refuse(problem: string): void {
    this.#verdict.problem ??= problem;
  }

  /** Where a field may be missing. */
  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  count(name: string): number {
    const value = this.#fields[name];
    if (isCount(value)) return value;
    this.refuse(`"${name}" is no whole number from 0 to ${WIRE_NUMBER_MAX}`);
    return 0;
  }

  countOrNull(name: string): number | null {
    return this.#fields[name] === null ? null : this.count(name);
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (isText(value)) return value;
    this.refuse(`"${name}" is no text of at most ${TEXT_LENGTH_MAX} characters`);
    return "";
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value === "boolean") return value;
    this.refuse(`"${name}" is neither true nor false`);
    return false;
  }

  /** Exactly `length` numbers. */
  counts(name: string, length: number): readonly number[] {
    const value = this.#fields[name];
    if (Array.isArray(value) && value.length === length && value.every(isCount)) return value;
    this.refuse(`"${name}" is no list of ${length} whole numbers`);
    return new Array<number>(length).fill(0);
  }

  countsUpTo(name: string, lengthMax: number): readonly number[] {
    const value = this.#fields[name];
    if (Array.isArray(value) && value.length <= lengthMax && value.every(isCount)) return value;
    this.refuse(`"${name}" is no list of at most ${lengthMax} whole numbers`);
    return [];
  }

  texts(name: string): readonly string[] {
    const value = this.#fields[name];
    if (Array.isArray(value) && value.length <= LIST_LENGTH_MAX && value.every(isText)) return value;
    this.refuse(`"${name}" is no list of texts`);
    return [];
  }

  object(name: string): HeaderFields {
    const value = this.#fields[name];
    if (isObject(value)) return new HeaderFields(value, this.#verdict);
    this.refuse(`"${name}" is no object`);
    return new HeaderFields(NO_FIELDS, this.#verdict);
  }

  /** Names that the sender chose, each with an object. */
  objects(name: string): readonly (readonly [string, HeaderFields])[] {
    const parent = this.object(name);
    return Object.keys(parent.#fields).map((key) => [key, parent.object(key)] as const);
  }
}

/** Lengths of the raw bodies behind a header; null for anything else. */
export function lengthsIn(value: unknown): readonly number[] | null {
  if (value === undefined) return [];
  return Array.isArray(value) && value.length <= LIST_LENGTH_MAX && value.every(isCount) ? value : null;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= WIRE_NUMBER_MAX;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= TEXT_LENGTH_MAX;
}
