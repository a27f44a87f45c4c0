// Addresses of all members by one text, such as `redis-{group}-{ordinal}.example.com:6379` or `node.example.com:3{group}{ordinal}9`:
// for clients that don't reach members where these reach each other.
import type { AnnouncedAddress } from "./cluster-view.ts";

const PORT_MAX = 65_535;

/** A text is what is wrong with it. */
export function addressTemplate(template: string): AnnouncedAddress | string {
  const [, host, port] = /^(?:\[([^\]]+)\]|[^:]+):([^:]+)$/.test(template) ? (/^(.+):([^:]+)$/.exec(template) ?? []) : [];
  if (host === undefined || port === undefined) return "is no host:port";
  if (/[{}]/.test(filled(template, "1", 0))) return "has other placeholders than {group} and {ordinal}";
  if (!isPort(filled(port, "1", 0))) return "has a port that is none";
  if (!template.includes("{ordinal}")) return "is the same for all members: it has no {ordinal}";
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return (group, ordinal) => ({ host: filled(bare, group, ordinal), port: Number(filled(port, group, ordinal)) });
}

const filled = (text: string, group: string, ordinal: number): string =>
  text.replaceAll("{group}", group).replaceAll("{ordinal}", String(ordinal));

const isPort = (text: string): boolean => /^[0-9]+$/.test(text) && Number(text) > 0 && Number(text) <= PORT_MAX;
