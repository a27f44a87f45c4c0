// The two clocks of a process. Everything that waits, measures or expires goes by the monotonic one; the wall clock is only
// evidence for the group's time and for people, because it can jump.

export interface Clock {
  /** Milliseconds since some moment of this process. Goes on while the process is paused. */
  monotonicMs(): number;
  /** Whole milliseconds since 1970. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};
