// What this machine's clocks said at the last tick. Zero until then, which no real clock says.

export type LocalTime = { monotonicMs: number; wallMs: number };
