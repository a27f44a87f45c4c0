// Reading what a command was given.
import { asMember } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import type { Message } from "../../../core/raft/messages.ts";
import type { Arguments } from "../stage.ts";

export function firstWord({ words }: Arguments): string {
  const [word] = words;
  if (word === undefined) throw new Error("a member is missing");
  return word;
}

export function numberNamed({ named }: Arguments, name: string, fallback: number): number {
  const text = named.get(name);
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) throw new Error(`${name}=${text} is no number`);
  return Number(text);
}

export function memberNamed({ named }: Arguments, name: string): MemberId | null {
  const text = named.get(name);
  return text === undefined ? null : asMember(text);
}

/** from=, to= (one or several, by comma), kind=, without-entries, and a count of the oldest ones. */
export function messageFilter(given: Arguments): (message: Message) => boolean {
  const lists = new Map([...given.named].map(([name, text]) => [name, text.split(",")]));
  const allows = (name: string, value: string): boolean => lists.get(name)?.includes(value) ?? true;
  const countMax = numberNamed(given, "count", Infinity);
  const termOnly = lists.get("term")?.[0];
  let count = 0;
  return (message) => {
    const matches = allows("from", message.from) && allows("to", message.to) && allows("kind", message.kind);
    if (!matches || (termOnly !== undefined && String(message.term) !== termOnly) || count >= countMax) return false;
    count++;
    return true;
  };
}
