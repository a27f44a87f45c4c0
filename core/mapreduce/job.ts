// What somebody asks for: which functions over which inputs, into how many parts, and how carefully. It is written down
// once, when the job is taken, and never changes.

declare const brand: unique symbol;
/** Chosen by whoever submits, or made; submitting the same id again is the same job. */
export type JobId = string & { readonly [brand]: "JobId" };

export const asJob = (text: string): JobId => text as JobId;

/** A built-in app by name, or a bundle by the SHA-256 of its bytes, in hexadecimal. */
export type Program = { readonly kind: "app"; readonly name: string } | { readonly kind: "code"; readonly hash: string };

export const INPUT_FORMATS = ["lines", "whole", "jsonLines", "keyValue"] as const;
/** `lines`: a record is a line, its key the offset. `whole`: the file. `keyValue`: `key<TAB>value` lines, as outputs are. */
export type InputFormat = (typeof INPUT_FORMATS)[number];

export const OUTPUT_FORMATS = ["tab", "lab"] as const;
/** `lab`: a space instead of the tab, as the labs' sequential program writes. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export const ISOLATIONS = ["process", "none"] as const;
/** `none` only on workers that trust their jobs. */
export type Isolation = (typeof ISOLATIONS)[number];

export const PARTITIONERS = ["hash", "lab", "range"] as const;
/** `lab`: FNV-1a as the labs do it. `range`: by boundaries that were sampled, so that the parts follow each other in order. */
export type Partitioner = (typeof PARTITIONERS)[number];

export type JobOptions = {
  readonly inputFormat: InputFormat;
  readonly outputFormat: OutputFormat;
  readonly isolation: Isolation;
  readonly partitioner: Partitioner;
  /** Off: combiners are left out, for comparison. */
  readonly combine: boolean;
  /** Whether what is slow is started a second time. */
  readonly backups: boolean;
  /** How often a task may fail before its job does. */
  readonly attemptsMax: number;
  /** How many records the whole job may leave out; 0: none, so a record that fails fails its job. */
  readonly skipsMax: number;
  /** One call of a user's function may take this long. */
  readonly recordTimeoutMs: number;
  /** Without a sign of life for this long an attempt is given up. */
  readonly leaseMs: number;
  /** What the process of an attempt may use, and as much again that of its code, where that is isolated. */
  readonly memoryBytes: number;
  /** How much of the workers this job gets beside others: twice the weight, twice the slots. */
  readonly weight: number;
  /** For the app: a pattern, a column. */
  readonly parameters: Readonly<Record<string, string>>;
};

export const DEFAULT_OPTIONS: JobOptions = {
  inputFormat: "lines",
  outputFormat: "tab",
  isolation: "process",
  partitioner: "hash",
  combine: true,
  backups: true,
  attemptsMax: 4,
  skipsMax: 0,
  recordTimeoutMs: 60_000,
  leaseMs: 10_000,
  memoryBytes: 268_435_456,
  weight: 1,
  parameters: {},
};

export type JobDescription = {
  readonly id: JobId;
  readonly program: Program;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly reduces: number;
  readonly splitBytes: number;
  readonly options: JobOptions;
};
