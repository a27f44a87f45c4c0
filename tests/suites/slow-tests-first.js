// The order of jest's files: the slow ones first. On a machine that has never run them jest goes by their sizes, begins one that takes half
// a minute as the last, and leaves the other processor idle meanwhile.
import TestSequencer from "@jest/test-sequencer";

const SLOW = [
  "simulation/faults/faults.test.ts",
  "simulation/simulation.test.ts",
  "simulation/shards/shards.test.ts",
  "client/cli/examples.test.ts",
  "tasks/sandbox/sandbox.test.ts",
  "core/shards/moves.test.ts",
  "core/replica/birth.test.ts",
];

const rankOf = ({ path }) => SLOW.findIndex((end) => path.endsWith(end)) + 1 || SLOW.length + 1;

export default class SlowTestsFirst extends TestSequencer {
  sort(tests) {
    return super.sort([...tests]).toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
