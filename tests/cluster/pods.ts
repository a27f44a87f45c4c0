// The pods of a release, as far as cases ask for them.
export const COMPONENTS = ["replica", "controller", "coordinator", "worker"] as const;
export type Component = (typeof COMPONENTS)[number];

export type Pod = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly isReady: boolean;
  /** How often its containers have begun anew: that changes neither its name nor its uid. */
  readonly restarts: number;
};

/** As kubectl tells of it. */
export type PodObject = {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
};

/** Pure. */
export function podIn({ metadata, spec, status }: PodObject): Pod {
  const { conditions = [], containerStatuses = [] } = status;
  return {
    name: metadata.name,
    uid: metadata.uid,
    node: spec.nodeName ?? "",
    isReady: conditions.some(({ type, status: value }) => type === "Ready" && value === "True"),
    restarts: containerStatuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
  };
}
