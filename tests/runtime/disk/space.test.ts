import { RESERVE_BYTES_MIN, reserveOf, spaceState } from "../../../runtime/disk/directory/space.ts";

test.each([
  { name: "without a snapshot", configured: null, snapshot: 0, reserve: RESERVE_BYTES_MIN },
  { name: "with a small snapshot", configured: null, snapshot: 1_000_000, reserve: RESERVE_BYTES_MIN },
  { name: "with a large snapshot", configured: null, snapshot: 1_000_000_000, reserve: 1_500_000_000 },
  { name: "as configured", configured: 10_000, snapshot: 1_000_000_000, reserve: 10_000 },
])("the reserve $name", ({ configured, snapshot, reserve }) => {
  expect(reserveOf({ reserveBytes: configured }, snapshot)).toBe(reserve);
});

test("short below the reserve, plenty again only somewhat above it", () => {
  const reserveBytes = 800;
  const states = [801, 800, 799, 800, 899, 900, 801].reduce<("plenty" | "short")[]>(
    (list, freeBytes) => [...list, spaceState(list.at(-1) ?? "plenty", { freeBytes, reserveBytes })],
    [],
  );
  expect(states).toEqual(["plenty", "plenty", "short", "short", "short", "plenty", "plenty"]);
});
