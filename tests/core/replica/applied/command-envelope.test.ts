import fc from "fast-check";
import { EMPTY_BYTES, textOf, utf8 } from "../../../../core/base/bytes.ts";
import type { CommandFields } from "../../../../core/replica/applied/command-envelope.ts";
import { decodeCommandEnvelope, EnvelopeEncoder } from "../../../../core/replica/applied/command-envelope.ts";

const client = fc.string({ unit: fc.constantFrom(..."0123456789abcxyz-"), minLength: 1, maxLength: 64 });
const fields: fc.Arbitrary<CommandFields> = fc.record({
  stampMs: fc.nat({ max: 2 ** 48 - 1 }),
  session: fc.option(fc.record({ client, serial: fc.maxSafeNat(), acked: fc.maxSafeNat() })),
  command: fc.uint8Array({ maxLength: 3_000 }),
});

test("reads as it was written", () => {
  const encoder = new EnvelopeEncoder();
  fc.assert(
    fc.property(fields, (written) => {
      const read = decodeCommandEnvelope(encoder.encode(written).slice());
      expect(read?.stampMs).toBe(written.stampMs);
      expect(read?.command).toEqual(written.command);
      expect(read?.session && { ...read.session, client: textOf(read.session.client) }).toEqual(written.session);
    }),
  );
});

test("the bytes never change by accident", () => {
  const session = { client: "ab-1", serial: 300, acked: 2 };
  expect([...new EnvelopeEncoder().encode({ stampMs: 0x010203040506, session, command: utf8("c") })]).toEqual([
    1, 1, 2, 3, 4, 5, 6, 4, 97, 98, 45, 49, 172, 2, 2, 99,
  ]);
  expect([...new EnvelopeEncoder().encode({ stampMs: 7, session: null, command: utf8("c") })]).toEqual([1, 0, 0, 0, 0, 0, 7, 0, 99]);
});

test("costs few bytes", () => {
  const session = { client: "mxq2v5k0-1k2j3h4-1-1", serial: 1_000, acked: 990 };
  expect(new EnvelopeEncoder().encode({ stampMs: 1_800_000_000_000, session, command: EMPTY_BYTES }).length).toBeLessThanOrEqual(32);
});

test.each([
  { name: "nothing", bytes: [] },
  { name: "another format", bytes: [2, 0, 0, 0, 0, 0, 7, 0, 99] },
  { name: "a client id cut short", bytes: [1, 0, 0, 0, 0, 0, 7, 5, 97] },
  { name: "serials cut short", bytes: [1, 0, 0, 0, 0, 0, 7, 1, 97, 128] },
  { name: "a client id that is too long", bytes: [1, 0, 0, 0, 0, 0, 7, 65, ...Array.from({ length: 80 }, () => 97)] },
])("$name is no envelope", ({ bytes }) => {
  expect(decodeCommandEnvelope(Uint8Array.from(bytes))).toBeNull();
});

test("one envelope is written over the one before, and a large one is not kept", () => {
  const encoder = new EnvelopeEncoder();
  const large = encoder.encode({ stampMs: 1, session: null, command: new Uint8Array(100_000).fill(5) });
  const small = encoder.encode({ stampMs: 1, session: null, command: utf8("x") });
  expect(large[100]).toBe(5);
  encoder.encode({ stampMs: 1, session: null, command: utf8("y") });
  expect(textOf(small.subarray(8))).toBe("y");
});
