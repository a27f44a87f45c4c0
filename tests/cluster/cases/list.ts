// All cases on a real Kubernetes, in the order in which they run.
import type { ClusterCase } from "../cluster-case.ts";
import { deletedPods } from "./deleted-pods.ts";

export const CASES: readonly ClusterCase[] = [deletedPods];
