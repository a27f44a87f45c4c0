// The cases in the order in which they run, for each length of the suite.
import type { TestCase } from "../test-case.ts";
import { kills } from "./kills.ts";
import { withoutFsync } from "./without-fsync.ts";

export const BOUNDED_CASES: readonly TestCase[] = [kills, withoutFsync];
export const LONG_CASES: readonly TestCase[] = BOUNDED_CASES;
export const IDLE_CASES: readonly TestCase[] = [];
