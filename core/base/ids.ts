// Names and numbers that must not be mixed up. Brands exist for the compiler only; at run time they are plain values.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Random, made once when a cluster is born. */
export type ClusterId = Brand<string, "ClusterId">;
export type GroupId = Brand<string, "GroupId">;
/** Created once per data directory; a member that lost its disk comes back under a new one. */
export type MemberId = Brand<string, "MemberId">;

export type Term = Brand<number, "Term">;
/** Position in the log, from 1; 0 stands for "before the first entry". Counts every kind of entry. */
export type LogIndex = Brand<number, "LogIndex">;
/** Dense position among the entries that carry a service's command: hidden entries don't count. From 1. */
export type ServiceIndex = Brand<number, "ServiceIndex">;
/** One request to the disk of one process life. Rises by one; never reused within a life. */
export type BatchId = Brand<number, "BatchId">;
/** Rises with every start of a member over the same data directory. */
export type BootNumber = Brand<number, "BootNumber">;

export const asTerm = (n: number): Term => n as Term;
export const asIndex = (n: number): LogIndex => n as LogIndex;
export const asServiceIndex = (n: number): ServiceIndex => n as ServiceIndex;
export const asBatch = (n: number): BatchId => n as BatchId;
export const asMember = (s: string): MemberId => s as MemberId;
export const asGroup = (s: string): GroupId => s as GroupId;
export const asCluster = (s: string): ClusterId => s as ClusterId;
export const asBoot = (n: number): BootNumber => n as BootNumber;
