// Where a job lies in the store. All keys of one job have one hash tag, so that a transaction can join them; what lists all
// jobs has another.
//
//   {job:ID}:fence         rises with every take-over; every change compares it
//   {job:ID}:description   what was asked for; never changes
//   {job:ID}:record        the job as a whole
//   {job:ID}:files:N       the inputs as they were listed
//   {job:ID}:map:N         tasks, 64 to a page; the same for list, reduce, publish and finish
//   {job:ID}:log:map-3     the end of what the task's last attempt logged, as far as there is room
//   {code:HASH}            a bundle of job code, for all jobs that have it
//   {jobs}:ID              that there is such a job, and whether it has ended
import type { Phase } from "./assignment.ts";

const inJob = (job: string, rest: string): string => `{job:${job}}:${rest}`;

export const fenceKey = (job: string): string => inJob(job, "fence");
export const descriptionKey = (job: string): string => inJob(job, "description");
export const recordKey = (job: string): string => inJob(job, "record");
export const filesKey = (job: string, page: number): string => inJob(job, `files:${page}`);
export const pageKey = (job: string, phase: Phase, page: number): string => inJob(job, `${phase}:${page}`);
export const logKey = (job: string, phase: Phase, task: number): string => inJob(job, `log:${phase}-${task}`);

export const CODE_PREFIX = "{code:";
export const codeKey = (hash: string): string => `${CODE_PREFIX}${hash}}`;
const CODE_KEY = /^\{code:([0-9a-f]{64})\}$/;
/** Null: it is some other key. */
export const hashIn = (key: string): string | null => CODE_KEY.exec(key)?.[1] ?? null;

export const INDEX_PREFIX = "{jobs}:";
export const indexKey = (job: string): string => `${INDEX_PREFIX}${job}`;

/** Twelve hexadecimal digits. */
const LIFE = /\.[0-9a-f]{12}$/;

/**
 * What workers know a job by, `ID.LIFE`, and by which everything is named that they write for it. An id may be used again when the job that
 * had it is gone; this never is, so that nothing that an earlier job has left anywhere is taken for the later one's.
 */
export const runName = (id: string, life: string): string => `${id}.${life}`;

/** The id of a job by its run. Jobs that were taken before there were such names are known by their ids. */
export const idOf = (run: string): string => run.replace(LIFE, "");

/** Letters, digits, dots, underscores and hyphens: it is part of keys, paths and file names. */
export const isJobId = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text);
