// What the shard controller answers, as bytes: one byte that names the answer, then JSON. A change answers with the number
// of the configuration that holds after it, and not with the configuration: sessions keep answers.
import { textOf, utf8 } from "../base/bytes.ts";
import type { Configuration, MemberAddress } from "../shards/configuration.ts";
import { decodeConfiguration, encodeConfiguration, membersAsJson, membersFromJson } from "../shards/configuration.ts";
import type { FoundingMember } from "../replica/identity.ts";
import { isOrdinal, parseFoundingMember } from "../replica/identity.ts";

/** How a group came to be, and where its members say that they are, by ordinal. The cluster is the controllers' own. */
export type Founding = {
  readonly members: readonly FoundingMember[];
  readonly addresses: ReadonlyMap<number, MemberAddress>;
};

export type ControllerResult =
  /** `number` of the latest configuration, which may be older than the request: then nothing had to change. */
  | { readonly kind: "changed"; readonly number: number }
  | { readonly kind: "configuration"; readonly configuration: Configuration }
  /** Configurations from `oldest` to `latest` are there. */
  | { readonly kind: "noConfiguration"; readonly oldest: number; readonly latest: number }
  /** Null: the group was never founded. */
  | { readonly kind: "founding"; readonly founding: Founding | null }
  | { readonly kind: "badRequest"; readonly message: string }
  | { readonly kind: "tooLarge"; readonly message: string }
  /** Of a settlement, which needs version 2. */
  | { readonly kind: "overtaken"; readonly message: string };

type Kind = ControllerResult["kind"];
type ResultOf<K extends Kind> = Extract<ControllerResult, { readonly kind: K }>;

type Format<K extends Kind> = {
  readonly code: number;
  readonly write: (result: ResultOf<K>) => Uint8Array;
  readonly read: (body: Uint8Array) => ResultOf<K> | null;
};

const FORMATS: { readonly [K in Kind]: Format<K> } = {
  changed: {
    code: 1,
    write: ({ number }) => json(number),
    read: (body) => {
      const number = value(body);
      return isCount(number) ? { kind: "changed", number } : null;
    },
  },
  configuration: {
    code: 2,
    write: ({ configuration }) => encodeConfiguration(configuration),
    read: (body) => {
      const configuration = decodeConfiguration(body);
      return configuration === null ? null : { kind: "configuration", configuration };
    },
  },
  noConfiguration: {
    code: 3,
    write: ({ oldest, latest }) => json([oldest, latest]),
    read: (body) => {
      const [oldest, latest] = list(body);
      return isCount(oldest) && isCount(latest) ? { kind: "noConfiguration", oldest, latest } : null;
    },
  },
  founding: {
    code: 4,
    write: ({ founding }) => json(founding === null ? null : foundingAsJson(founding)),
    read: (body) => {
      const given = value(body);
      const founding = foundingFromJson(given);
      return founding === null && given !== null ? null : { kind: "founding", founding };
    },
  },
  badRequest: { code: 5, write: ({ message }) => utf8(message), read: (body) => ({ kind: "badRequest", message: textOf(body) }) },
  tooLarge: { code: 6, write: ({ message }) => utf8(message), read: (body) => ({ kind: "tooLarge", message: textOf(body) }) },
  overtaken: { code: 7, write: ({ message }) => utf8(message), read: (body) => ({ kind: "overtaken", message: textOf(body) }) },
};

const FORMAT_BY_CODE = new Map<number, Format<Kind>>(
  Object.values(FORMATS).map((format) => [format.code, format as unknown as Format<Kind>]),
);

export function encodeControllerResult(result: ControllerResult): Uint8Array {
  const { code, write } = FORMATS[result.kind] as unknown as Format<Kind>;
  const body = write(result);
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = code;
  bytes.set(body, 1);
  return bytes;
}

/** Null for bytes that are no answer, such as one of a newer version. */
export function decodeControllerResult(bytes: Uint8Array): ControllerResult | null {
  return FORMAT_BY_CODE.get(bytes[0] ?? 0)?.read(bytes.subarray(1)) ?? null;
}

/** Addresses in the order of the places, so that equal foundings look the same. */
export function foundingAsJson({ members, addresses }: Founding): unknown {
  const ordered = [...addresses].sort(([a], [b]) => a - b);
  return [members, ordered.map(([ordinal, address]) => [ordinal, membersAsJson([address])])];
}

export function foundingFromJson(given: unknown): Founding | null {
  const [givenMembers, givenAddresses] = Array.isArray(given) ? (given as readonly unknown[]) : [];
  if (!Array.isArray(givenMembers) || givenMembers.length === 0 || !Array.isArray(givenAddresses)) return null;
  const members = givenMembers.map(parseFoundingMember);
  const addresses = givenAddresses.map(placedAddress);
  if (members.includes(null) || addresses.includes(null)) return null;
  return { members: members as FoundingMember[], addresses: new Map(addresses as [number, MemberAddress][]) };
}

function placedAddress(given: unknown): readonly [number, MemberAddress] | null {
  const [ordinal, members] = Array.isArray(given) ? (given as readonly unknown[]) : [];
  const [address] = membersFromJson(members) ?? [];
  return isOrdinal(ordinal) && address !== undefined ? [ordinal, address] : null;
}

const json = (given: unknown): Uint8Array => utf8(JSON.stringify(given));
const isCount = (given: unknown): given is number => Number.isSafeInteger(given) && (given as number) >= 0;

function value(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch {
    return undefined;
  }
}

function list(body: Uint8Array): readonly unknown[] {
  const given = value(body);
  return Array.isArray(given) ? given : [];
}
