// Direct checks on keys that are only ever appended to, each time with a token that is unique in the run: what was
// acknowledged is there once, in real-time order; what was refused never is; nothing is there twice.
import type { KvHistory, KvOperation } from "../../core/linearizability/kv-operations.ts";
import type { StaleRead } from "./oracle.ts";

export type Problem = { readonly promise: string; readonly what: string };

export type AtRest = { readonly finalState: ReadonlyMap<string, string | null>; readonly staleReads: readonly StaleRead[] };

export const TOKEN_END = ";";

export const isAppendKey = (key: string): boolean => key.startsWith("append-");

export function checkTokens(history: KvHistory, { finalState, staleReads }: AtRest): Problem | null {
  const byKey = new Map<string, KvOperation[]>();
  for (const operation of history) {
    const { kind, key } = operation.input;
    if (kind !== "append" || !isAppendKey(key)) continue;
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [operation]);
    else list.push(operation);
  }
  for (const [key, appends] of byKey) {
    const problem = checkKey(appends, { key, value: finalState.get(key) ?? "" });
    if (problem !== null) return problem;
  }
  return checkStaleReads(staleReads, finalState);
}

function checkKey(appends: readonly KvOperation[], { key, value }: { readonly key: string; readonly value: string }): Problem | null {
  const tokens = value.split(TOKEN_END).slice(0, -1);
  const position = new Map<string, number>();
  for (const [i, token] of tokens.entries()) {
    if (position.has(token)) return { promise: "nothing is applied twice", what: `${token} is in ${key} twice` };
    position.set(token, i);
  }
  for (const append of appends) {
    const problem = checkAppend(append, position);
    if (problem !== null) return problem;
  }
  return checkOrder(appends, position);
}

function checkAppend({ input, outcome }: KvOperation, position: ReadonlyMap<string, number>): Problem | null {
  const token = tokenOf(input);
  const isThere = position.has(token);
  if (outcome.kind === "done" && !isThere)
    return { promise: "nothing acknowledged is lost", what: `${token} was acknowledged and is not in ${input.key}` };
  if (outcome.kind === "refused" && isThere)
    return { promise: "what is refused never happens", what: `${token} was refused and is in ${input.key}` };
  return null;
}

/** Who returned before another one was called stands in front of it. */
function checkOrder(appends: readonly KvOperation[], position: ReadonlyMap<string, number>): Problem | null {
  const present = appends.filter(({ input }) => position.has(tokenOf(input)));
  const inOrder = present.sort((a, b) => (position.get(tokenOf(a.input)) ?? 0) - (position.get(tokenOf(b.input)) ?? 0));
  let latestCall: KvOperation | null = null;
  for (const append of inOrder) {
    if (append.outcome.kind === "done" && latestCall !== null && append.outcome.returnedAt < latestCall.calledAt) {
      const what = `${tokenOf(append.input)} was acknowledged before ${tokenOf(latestCall.input)} was asked for, and stands behind it`;
      return { promise: "what was acknowledged is never reordered", what };
    }
    if (latestCall === null || append.calledAt > latestCall.calledAt) latestCall = append;
  }
  return null;
}

/** A stale read may be late; what it shows must have been there at some time. */
function checkStaleReads(reads: readonly StaleRead[], finalState: ReadonlyMap<string, string | null>): Problem | null {
  for (const { key, output } of reads) {
    if (!isAppendKey(key) || output.kind !== "found") continue;
    if ((finalState.get(key) ?? "").startsWith(output.value)) continue;
    return { promise: "a stale read shows what once was", what: `a stale read of ${key} showed what never was its value` };
  }
  return null;
}

function tokenOf(input: KvOperation["input"]): string {
  return "value" in input ? input.value.slice(0, -TOKEN_END.length) : "";
}
