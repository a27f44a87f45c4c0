// What the calls of a coordinator take, as schemas, and how a submitted job becomes a description.
import { createHash, randomBytes } from "node:crypto";
import type { JobDescription, JobOptions } from "../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS, INPUT_FORMATS, ISOLATIONS, OUTPUT_FORMATS, PARTITIONERS } from "../../core/mapreduce/job.ts";
import { PHASES } from "../../core/mapreduce/assignment.ts";
import { REDUCES_MAX } from "../../core/mapreduce/plan.ts";
import type { AttemptResult, Work } from "../../core/mapreduce/report.ts";

const TEXT = { type: "string", minLength: 1, maxLength: 4_096 } as const;
const JOB = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" } as const;
/** The run of a job, as workers name it; one that an earlier coordinator gave out is its id. */
const RUN = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" } as const;
const whole = (minimum: number, maximum: number) => ({ type: "integer", minimum, maximum }) as const;
const object = <P extends Readonly<Record<string, unknown>>>(properties: P, required: readonly string[] = Object.keys(properties)) =>
  ({ type: "object", properties, required, additionalProperties: false }) as const;
const WHOLE_TEXT = { type: "string", pattern: "^[0-9]{1,9}$" } as const;

const OPTIONS = object(
  {
    inputFormat: { enum: INPUT_FORMATS },
    outputFormat: { enum: OUTPUT_FORMATS },
    isolation: { enum: ISOLATIONS },
    partitioner: { enum: PARTITIONERS },
    combine: { type: "boolean" },
    backups: { type: "boolean" },
    attemptsMax: whole(1, 100),
    skipsMax: whole(0, 1_000_000),
    recordTimeoutMs: whole(1, 86_400_000),
    leaseMs: whole(1_000, 3_600_000),
    memoryBytes: whole(16_777_216, 2 ** 40),
    weight: { type: "number", exclusiveMinimum: 0, maximum: 1_000 },
    parameters: { type: "object", maxProperties: 100, additionalProperties: { type: "string", maxLength: 65_536 } },
  } satisfies { readonly [N in keyof JobOptions]: object },
  [],
);

const CODE_LENGTH_MAX = 700_000;
const INPUTS_MAX = 10_000;
/** It is one value of the store, and part of every assignment. */
const DESCRIPTION_BYTES_MAX = 1_000_000;

const PARAMS = object({ id: JOB });
/** What a worker says of its work. One of a later version may say more than is known here. */
const said = <P extends Readonly<Record<string, unknown>>>(properties: P) => ({
  ...object(properties),
  additionalProperties: true,
});
const WORD = { type: "string" } as const;
const WORD_OR_NONE = { type: ["string", "null"] } as const;
const NUMBER = { type: "number" } as const;
const NUMBER_OR_NONE = { type: ["number", "null"] } as const;
const listOf = <S extends object>(items: S) => ({ type: "array", items }) as const;
const NAME = { job: RUN, phase: { enum: PHASES }, task: whole(0, 1_000_000_000), attempt: whole(1, 1_000_000_000) };
const FACTS = {
  worker: JOB,
  life: TEXT,
  origin: TEXT,
  node: { type: ["string", "null"], maxLength: 256 },
  slots: whole(0, 10_000),
  isStopping: { type: "boolean" },
} as const;
const WORK = said({
  ...{ recordsRead: NUMBER, recordsWritten: NUMBER, bytesRead: NUMBER, bytesWritten: NUMBER },
  ...{ memoryBytes: NUMBER, cpuMs: NUMBER },
} satisfies { readonly [N in keyof Work]: object });

const INPUT_FILE = said({
  ...{ url: WORD, compression: WORD, etag: WORD_OR_NONE, length: NUMBER, splittable: { type: "boolean" }, nodes: listOf(WORD) },
});
const OUTPUT_FILE = said({ name: WORD, temporary: WORD, bytes: NUMBER, checksum: WORD });
/** Any reason: that of a later version is taken for one that is known. */
const FAILURE = said({ reason: WORD, message: WORD, record: NUMBER_OR_NONE, file: WORD_OR_NONE, offset: NUMBER_OR_NONE });
const RESULTS = {
  listed: { files: listOf(INPUT_FILE), boundaries: { type: ["array", "null"], items: WORD } },
  mapped: { origin: TEXT, regionBytes: listOf(NUMBER), regionRecords: listOf(NUMBER) },
  reduced: { files: listOf(OUTPUT_FILE), keys: NUMBER },
  published: {},
  finished: {},
  failed: { failure: FAILURE },
  givenBack: {},
} as const satisfies { readonly [K in AttemptResult["kind"]]: { readonly [F in keyof Of<K>]: object } };
type Of<K> = Omit<Extract<AttemptResult, { readonly kind: K }>, "kind">;

export const SCHEMAS = {
  submit: {
    body: object(
      {
        id: JOB,
        app: { type: "string", pattern: "^[a-z][a-z0-9-]{0,63}$" },
        code: { type: "string", minLength: 1, maxLength: CODE_LENGTH_MAX },
        inputs: { type: "array", minItems: 1, maxItems: INPUTS_MAX, items: TEXT },
        output: TEXT,
        reduces: whole(1, REDUCES_MAX),
        splitBytes: whole(1, 2 ** 40),
        options: OPTIONS,
      },
      ["inputs", "output"],
    ),
  },
  nothing: { querystring: object({}, []) },
  job: { params: PARAMS, querystring: object({}, []) },
  tasks: { params: PARAMS, querystring: object({ after: WHOLE_TEXT, limit: WHOLE_TEXT }, []) },
  logs: { params: PARAMS, querystring: object({ task: { type: "string", pattern: "^(list|map|reduce)-[0-9]{1,9}$" } }) },
  files: {
    querystring: object({ prefix: TEXT, after: TEXT, limit: { type: "string", pattern: "^[1-9][0-9]{0,2}$|^1000$" } }, []),
  },
  code: { params: object({ hash: { type: "string", pattern: "^[0-9a-f]{64}$" } }), querystring: object({}, []) },
  poll: {
    body: object({
      ...FACTS,
      running: { type: "array", items: object({ ...NAME, fraction: { type: "number" }, work: WORK }) },
      troubles: {
        type: "array",
        items: object({
          ...NAME,
          mapTask: whole(0, 1_000_000_000),
          mapAttempt: whole(1, 1_000_000_000),
          origin: TEXT,
          tries: whole(0, 1_000_000),
          message: { type: "string" },
        }),
      },
      kept: { type: ["array", "null"], items: object(NAME) },
      adopted: { type: "array", items: object(NAME) },
      jobs: { type: "array", items: RUN },
      waitMs: whole(0, 60_000),
    }),
  },
  report: {
    body: object({
      ...FACTS,
      report: object({
        ...NAME,
        result: {
          type: "object",
          discriminator: { propertyName: "kind" },
          required: ["kind"],
          oneOf: Object.entries(RESULTS).map(([kind, fields]) => said({ kind: { const: kind }, ...fields })),
        },
        work: WORK,
        counters: { type: "object", additionalProperties: { type: "number" } },
        skipped: whole(0, 1_000_000_000),
        log: { type: "string", maxLength: 65_536 },
      }),
    }),
  },
} as const;

export type SubmittedJob = {
  readonly id?: string;
  readonly app?: string;
  readonly code?: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly reduces?: number;
  readonly splitBytes?: number;
  readonly options?: Partial<JobOptions>;
};

const LIFE_BYTES = 6;
const DEFAULT_REDUCES = 8;
const DEFAULT_SPLIT_BYTES = 16_777_216;

/** What tells a job from an earlier one of its id. */
export const newLife = (): string => randomBytes(LIFE_BYTES).toString("hex");

export const hashOf = (code: string): string => createHash("sha256").update(code).digest("hex");

/** A text: what is wrong with it. */
export function describeJob({ app, code, options, ...submitted }: SubmittedJob): JobDescription | string {
  if ((app === undefined) === (code === undefined)) return 'a job has either "app" or "code"';
  const name = app ?? "job";
  const description: JobDescription = {
    id: asJob(submitted.id ?? `${name}-${randomBytes(5).toString("hex")}`),
    program: code === undefined ? { kind: "app", name } : { kind: "code", hash: hashOf(code) },
    inputs: submitted.inputs,
    output: submitted.output,
    reduces: submitted.reduces ?? DEFAULT_REDUCES,
    splitBytes: submitted.splitBytes ?? DEFAULT_SPLIT_BYTES,
    options: { ...DEFAULT_OPTIONS, ...options },
  };
  const bytes = Buffer.byteLength(JSON.stringify(description));
  if (bytes <= DESCRIPTION_BYTES_MAX) return description;
  return `a job's inputs, output and options have at most ${DESCRIPTION_BYTES_MAX} bytes together, not ${bytes}: name folders or patterns instead of single files`;
}
