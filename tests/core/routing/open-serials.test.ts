import { OPEN_SERIALS_MAX, OpenSerials } from "../../../core/routing/open-serials.ts";

test("acknowledges only what has no open serial below it", () => {
  const serials = new OpenSerials();
  expect([serials.open(), serials.open(), serials.open()]).toEqual([1, 2, 3]);
  serials.close(2);
  expect(serials.acked).toBe(0);
  serials.close(1);
  expect(serials.acked).toBe(2);
  serials.close(1);
  serials.close(3);
  expect(serials.acked).toBe(3);
});

test("has room for as many open serials as the group remembers", () => {
  const serials = new OpenSerials();
  for (let i = 0; i < OPEN_SERIALS_MAX; i++) {
    expect(serials.hasRoom).toBe(true);
    serials.open();
  }
  serials.close(2); // frees nothing: serial 1 is still open
  expect(serials.hasRoom).toBe(false);
  serials.close(1);
  expect(serials.hasRoom).toBe(true);
});
