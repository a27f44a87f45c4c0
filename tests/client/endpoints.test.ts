import { Endpoints } from "../../client/endpoints.ts";

const [A, B, C] = ["http://a:1", "http://b:1", "http://c:1"];

test("goes round when nobody knows better", () => {
  const endpoints = new Endpoints([A, B, C]);
  const visited = [0, 1, 2, 3].map(() => {
    const current = endpoints.current();
    endpoints.leave(current, null);
    return current;
  });
  expect(visited).toEqual([A, B, C, A]);
});

test("goes to the leader that a refusal named, known or not, and from an unknown one back to the list", () => {
  const endpoints = new Endpoints([A, B]);
  endpoints.leave(A, `${B}/v1/kv/x`);
  expect(endpoints.current()).toBe(B);
  endpoints.leave(B, "http://stranger:9");
  expect(endpoints.current()).toBe("http://stranger:9");
  endpoints.leave("http://stranger:9", null);
  expect(endpoints.current()).toBe(A);
});

test("a caller that is late does not undo what another has found out", () => {
  const endpoints = new Endpoints([A, B, C]);
  endpoints.leave(A, C);
  endpoints.leave(A, null);
  expect(endpoints.current()).toBe(C);
});

test.each([{ named: "nonsense" }, { named: "file:///etc/passwd" }, { named: A }])("ignores a leader at $named", ({ named }) => {
  const endpoints = new Endpoints([A, B]);
  endpoints.leave(A, named);
  expect(endpoints.current()).toBe(B);
});

test("needs at least one", () => {
  expect(() => new Endpoints([])).toThrow("at least one endpoint");
});
