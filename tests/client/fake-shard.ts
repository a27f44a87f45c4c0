// One shard of the fake cluster: items with versions, revisions and times to live, and sessions that remember answers.
import type { Fields } from "../../client/error-answers.ts";
import type { Answer, Asked } from "./fake-cluster.ts";
import { errorAnswer, ok } from "./fake-cluster.ts";

type Item = { readonly value: Buffer; readonly version: number; readonly revision: number; readonly deadlineMs: number };
type Serial = { readonly client: string; readonly serial: number; readonly acked: number };

export class FakeShard {
  readonly #items = new Map<string, Item>();
  readonly #answers = new Map<string, Map<number, Answer>>();
  readonly #acked = new Map<string, number>();
  readonly #nowMs: () => number;
  #revision = 0;
  /** How many writes took effect. */
  executed = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  executeOnce(asked: Asked, { client, serial, acked }: Serial): Answer {
    const answers = this.#answers.get(client) ?? new Map<number, Answer>();
    this.#answers.set(client, answers);
    const known = Math.max(acked, this.#acked.get(client) ?? 0);
    this.#acked.set(client, known);
    for (const each of answers.keys()) if (each <= known) answers.delete(each);
    if (serial <= known) return errorAnswer("serialForgotten");
    const remembered = answers.get(serial);
    if (remembered !== undefined) return remembered;
    const answer = this.execute(asked);
    answers.set(serial, answer);
    return answer;
  }

  execute({ kind, operations, otherwise, compare, isWrite }: Asked): Answer {
    if (isWrite) this.executed += 1;
    if (kind === "single") {
      const result = this.#perform(operations[0] ?? {}, ++this.#revision);
      if (result["found"] === false) return errorAnswer("keyNotFound");
      return "error" in result ? errorAnswer("versionMismatch", result["error"] as Fields) : ok(result);
    }
    if (kind === "batch") return ok({ results: operations.map((each) => this.#perform(each, ++this.#revision)) });
    const succeeded = compare.every((each) => this.#holds(each));
    const revision = ++this.#revision;
    return ok({ succeeded, revision, results: (succeeded ? operations : otherwise).map((each) => this.#perform(each, revision)) });
  }

  entries(): readonly Readonly<{ key: string; value: string; version: number; revision: number; expiresAtMs?: number }>[] {
    return [...this.#items.keys()].flatMap((key) => {
      const item = this.#item(key);
      return item === null ? [] : [{ key, ...entryFields(item) }];
    });
  }

  #perform(operation: Fields, revision: number): Fields {
    const key = String(operation["key"]);
    const item = this.#item(key);
    const { ifVersion, ifRevision, ttlMs } = operation;
    const [version, current] = [item?.version ?? 0, item?.revision ?? 0];
    if ((ifVersion !== undefined && ifVersion !== version) || (ifRevision !== undefined && ifRevision !== current))
      return { error: { code: "versionMismatch", message: "because", outcome: "refused", version, revision: current } };
    const deadlineMs = typeof ttlMs === "number" ? this.#nowMs() + ttlMs : Infinity;
    const given = Buffer.from(String(operation["value"] ?? ""), "base64");
    const set = (value: Buffer): Fields => {
      this.#items.set(key, { value, version: version + 1, revision, deadlineMs });
      return { version: version + 1, revision };
    };
    switch (operation["op"]) {
      case "get":
        return item === null ? { found: false } : entryFields(item);
      case "delete":
        this.#items.delete(key);
        return { deleted: item !== null, revision };
      case "append": {
        const whole = Buffer.concat([item?.value ?? Buffer.alloc(0), given]);
        return { ...set(whole), length: whole.length };
      }
      case "increment": {
        const sum = BigInt(item?.value.toString() ?? "0") + BigInt(String(operation["by"]));
        return { ...set(Buffer.from(`${sum}`)), value: `${sum}` };
      }
      default:
        return set(given);
    }
  }

  #holds(comparison: Fields): boolean {
    const item = this.#item(String(comparison["key"]));
    if ("version" in comparison) return comparison["version"] === (item?.version ?? 0);
    if ("revision" in comparison) return comparison["revision"] === (item?.revision ?? 0);
    return item !== null && item.value.equals(Buffer.from(String(comparison["value"]), "base64"));
  }

  #item(key: string): Item | null {
    const item = this.#items.get(key);
    return item === undefined || item.deadlineMs <= this.#nowMs() ? null : item;
  }
}

function entryFields({ value, version, revision, deadlineMs }: Item): {
  value: string;
  version: number;
  revision: number;
  expiresAtMs?: number;
} {
  const held = { value: value.toString("base64"), version, revision };
  return deadlineMs === Infinity ? held : { ...held, expiresAtMs: Math.ceil(deadlineMs) };
}
