import { coordinatorConfig } from "../../../services/coordinator/config.ts";

test("what must be given is enough", () => {
  const config = coordinatorConfig({ FLOTILLA_STORE: "http://a:1, http://b:2" });
  expect(config).toMatchObject({ store: ["http://a:1", "http://b:2"], origin: "http://127.0.0.1:7400" });
  expect(Object.isFrozen(config)).toBe(true);
});

test.each([
  { given: {}, says: "FLOTILLA_STORE is not set" },
  { given: { FLOTILLA_STORE: "a:1" }, says: 'FLOTILLA_STORE has "a:1"' },
  { given: { FLOTILLA_STORE: "http://a:1", FLOTILLA_ORIGIN: "http://x/y" }, says: "FLOTILLA_ORIGIN has" },
  { given: { FLOTILLA_STORE: "http://a:1", FLOTILLA_HTTP_PORT: "0" }, says: 'FLOTILLA_HTTP_PORT is "0"' },
])("refuses $says", ({ given, says }) => {
  expect(() => coordinatorConfig(given)).toThrow(says);
});
