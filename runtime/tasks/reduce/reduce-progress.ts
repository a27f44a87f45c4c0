// How far a reduce is, by what is behind it: regions are fetched; merged, where that takes passes of its own; reduced, and only to be sent.
export const FETCHED = 0.5;
export const MERGED = 0.6;
export const REDUCED = 0.9;
