// Looking at what is kept in memory, a little at a time: whether each thing still has the hash that it was put with. Digests
// are sums of those hashes and are kept up to date by what is changed on purpose, so they never notice what is not.

/** What a look may still cost, in bytes that are hashed; used up as it goes. */
export type ScrubBudget = { bytes: number };

export type Scrubbed =
  | { readonly kind: "goesOn" }
  | { readonly kind: "roundEnded" }
  /** Something is not what was put there. Names nothing that is a client's secret. */
  | { readonly kind: "altered"; readonly what: string };

export const GOES_ON: Scrubbed = { kind: "goesOn" };
export const ROUND_ENDED: Scrubbed = { kind: "roundEnded" };

/** About what it costs to look at anything at all, in bytes that could have been hashed in the same time. */
export const LOOK_COST_BYTES = 128;
