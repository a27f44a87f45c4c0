// What always holds in the worlds of jobs and of shards. The seeded world of one group says more of what it finds: world/violation.ts.
class Violation extends Error {
  override readonly name = "Violation";
}

export function must(claim: boolean, what: string): asserts claim {
  if (!claim) throw new Violation(what);
}
