// What a case of this suite is: it gets a namespace of its own and throws when a promise is broken.
export type ClusterContext = {
  readonly namespace: string;
  readonly say: (line: string) => void;
  /** How often what a case does to each pod is done. */
  readonly rounds: number;
};

export type ClusterCase = {
  readonly name: string;
  /** Looks for what it takes, before any case runs. Throws `Skipped` or `Missing` where that is not there. */
  readonly needs?: () => Promise<void>;
  readonly run: (context: ClusterContext) => Promise<void>;
};

/** This cluster has no way to do what the case is about. Nothing is proven, and nothing is broken. */
export class Skipped extends Error {
  override readonly name = "Skipped";
}

/** Somebody has to make something first, and the message says how. */
export class Missing extends Error {
  override readonly name = "Missing";
}
