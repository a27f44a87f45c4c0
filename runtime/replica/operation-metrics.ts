// What clients asked of the store, whichever door they came through.
import type { Metrics } from "../metrics.ts";

export const KV_OPERATIONS = [
  "get",
  "describe",
  "put",
  "delete",
  "append",
  "increment",
  "incrementFloat",
  "setRange",
  "expire",
  "rename",
  "scan",
  "txn",
  "batch",
  "guardedBatch",
] as const;
export type KvOperation = (typeof KV_OPERATIONS)[number];

export const OPERATION_RESULTS = ["done", "refused", "unknown"] as const;
export type OperationResult = (typeof OPERATION_RESULTS)[number];

export function operationCounter(metrics: Metrics, group: string): (operation: KvOperation, result: OperationResult) => void {
  const operations = metrics.counter({
    name: "flotilla_kv_operations_total",
    help: "Operations on keys, by outcome",
    labels: ["group", "operation", "result"],
  });
  const seriesOf = (operation: KvOperation) =>
    Object.fromEntries(OPERATION_RESULTS.map((result) => [result, operations.series({ group, operation, result })]));
  const counts = Object.fromEntries(KV_OPERATIONS.map((operation) => [operation, seriesOf(operation)]));
  return (operation, result) => {
    counts[operation]?.[result]?.();
  };
}
