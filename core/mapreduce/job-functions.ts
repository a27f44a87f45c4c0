// What the code of a job looks like: the functions of a job file, and what they are called with. Types only; `defineJob` of the client
// library gives them to people, and whoever runs tasks calls them.

/** A record of an input. */
export type JobRecord<Value = string> = {
  /** The name of the input; what stands before the TAB, where the input's format is `key-value`. */
  readonly key: string;
  /** A line, what stands behind its TAB, the value that a JSON line says, or the whole file: by the format of the input. */
  readonly value: Value;
  /** The name of the input. */
  readonly input: string;
  /** Where the record begins, in bytes. */
  readonly offset: number;
};

export type Emit = (key: string | number, value?: unknown) => void;

export type TaskContext = {
  /** Adds to a counter of the job. Each task counts once, however often it was tried. */
  readonly count: (name: string, by?: number) => void;
  /** Those of the job. */
  readonly options: Readonly<Record<string, string>>;
};

/** What `combine` and `reduce` are called with. */
export type KeyCall<Middle> = readonly [key: string, values: Iterable<Middle>, emit: Emit, context: TaskContext];

/** `Middle`: what `map` emits and `reduce` gets. */
export type JobFunctions<Value, Middle> = {
  readonly map: (record: JobRecord<Value>, emit: Emit, context: TaskContext) => void;
  /** Gets some of the values of a key, and emits fewer that mean the same. */
  readonly combine?: (...given: KeyCall<Middle>) => void;
  /** Gets all values of a key. They come one by one: a key may have more than fit into memory. */
  readonly reduce: (...given: KeyCall<Middle>) => void;
  /** The reduce task of a key: from 0 to `reduces` - 1. By default a hash of the key decides. */
  readonly partition?: (key: string, reduces: number) => number;
};
