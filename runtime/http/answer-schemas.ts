// What calls answer when they succeed, as JSON schemas for the OpenAPI document. Tests compare answers with them.
const object = <P extends Readonly<Record<string, unknown>>>(properties: P, required: readonly string[] = Object.keys(properties)) =>
  ({ type: "object", properties, required, additionalProperties: false }) as const;
const list = (items: object) => ({ type: "array", items }) as const;
/** By names that are data. */
const record = (values: object) => ({ type: "object", additionalProperties: values }) as const;

const TEXT = { type: "string" } as const;
const TEXT_OR_NOTHING = { type: ["string", "null"] } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
const FLAG = { type: "boolean" } as const;
const CHANGE = { version: COUNT, revision: COUNT } as const;
const ANYTHING = { type: "object", additionalProperties: true } as const;

/** `expiresAtMs`: when the key ends by itself, in milliseconds since 1970; missing where it stays. */
const ENTRY = object(
  { key: TEXT, keyEncoding: { const: "base64url" }, value: TEXT, encoding: { const: "base64" }, ...CHANGE, expiresAtMs: COUNT },
  ["key", "value", "version", "revision"],
);
const WRITTEN = object(CHANGE);
const APPENDED = object({ ...CHANGE, length: COUNT });
const INCREMENTED = object({ value: TEXT, ...CHANGE });
const DELETED = object({ deleted: FLAG, revision: COUNT });

/** `modifiedAt`: milliseconds since 1970. */
const FILE = object({ path: TEXT, length: COUNT, checksum: TEXT, modifiedAt: COUNT });

export const ERROR = object({
  error: {
    type: "object",
    properties: {
      code: TEXT,
      message: TEXT,
      outcome: { enum: ["refused", "unknown"] },
      retryAfterMs: COUNT,
      leader: TEXT,
    },
    required: ["code", "message", "outcome"],
    additionalProperties: true,
  },
});

/** Of one operation among several. */
const RESULT = { anyOf: [ENTRY, object({ found: { const: false } }), WRITTEN, APPENDED, INCREMENTED, DELETED, ERROR] } as const;
const SHARDS = list(TEXT_OR_NOTHING);
const CONFIGURATION = object(
  {
    number: COUNT,
    shards: SHARDS,
    groups: record(list(TEXT)),
    members: record(list(object({ peer: TEXT, http: TEXT, redis: TEXT_OR_NOTHING }))),
  },
  ["number"],
);

const COUNT_OR_NOTHING = { type: ["integer", "null"] } as const;
const OF_PHASE = object({ total: COUNT_OR_NOTHING, done: COUNT, running: COUNT });
const JOB = object({
  id: TEXT,
  run: TEXT,
  state: { enum: ["waiting", "mapping", "reducing", "succeeded", "failed", "cancelled"] },
  program: TEXT,
  maps: OF_PHASE,
  reduces: OF_PHASE,
  counters: record({ type: "number" }),
  records: object({ mapInput: COUNT, mapOutput: COUNT, reduceInput: COUNT, reduceOutput: COUNT }),
  skipped: COUNT,
  attempts: object({ started: COUNT, failed: COUNT, lost: COUNT, backups: COUNT }),
  bytes: object({ input: COUNT, shuffled: COUNT, output: COUNT, running: COUNT, total: COUNT_OR_NOTHING }),
  cpuMs: { type: "number" },
  stragglers: COUNT,
  outputs: list(TEXT),
  submittedAt: COUNT,
  startedAt: COUNT_OR_NOTHING,
  finishedAt: COUNT_OR_NOTHING,
  error: { type: ["object", "null"], additionalProperties: true },
});

export const ANSWERS = {
  entry: ENTRY,
  written: WRITTEN,
  appended: APPENDED,
  incremented: INCREMENTED,
  deleted: DELETED,
  page: object({ entries: list(ENTRY), next: TEXT_OR_NOTHING }),
  transaction: object({ succeeded: FLAG, results: list(RESULT), revision: COUNT }),
  batch: object({ results: list(RESULT) }),
  client: object({ client: TEXT, expiresAfterMs: COUNT }),
  shardMap: object({
    number: COUNT,
    shards: SHARDS,
    groups: record(
      object({ members: list(object({ http: TEXT, redis: TEXT_OR_NOTHING, role: { enum: ["leader", "voter", "learner"] } })) }),
    ),
  }),
  accepted: object({ accepted: { const: true }, term: COUNT }),
  members: object({ members: list(ANYTHING), closedFrom: COUNT_OR_NOTHING }),
  status: ANYTHING,
  configuration: CONFIGURATION,
  migrations: object({ number: COUNT, groups: record(ANYTHING), migrations: list(ANYTHING) }),
  submitted: object({ id: TEXT }),
  jobs: object({ jobs: list(JOB) }),
  job: JOB,
  tasks: object({ tasks: list(ANYTHING), next: { type: ["integer", "null"] } }),
  taskLog: object({ log: TEXT }),
  code: object({ code: TEXT }),
  file: FILE,
  files: object({ files: list(FILE), next: TEXT_OR_NOTHING }),
  fileRemoved: object({ deleted: FLAG }),
  orders: object(
    {
      verdict: { enum: ["accepted", "discarded"] },
      assignments: list(ANYTHING),
      end: list(ANYTHING),
      moved: list(ANYTHING),
      forget: list(TEXT),
    },
    ["assignments", "end", "moved", "forget"],
  ),
  checks: object({ ok: FLAG, checks: list(object({ name: TEXT, ok: FLAG, message: TEXT })) }),
  anything: ANYTHING,
} as const;

export type AnswerName = keyof typeof ANSWERS;
