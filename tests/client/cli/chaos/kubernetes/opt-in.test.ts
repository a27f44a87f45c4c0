import { OutOfReach } from "../../../../../client/cli/chaos/injector.ts";
import { demandOptIn } from "../../../../../client/cli/chaos/kubernetes/opt-in.ts";
import { isAllowedIn } from "../../../../../client/cli/chaos/kubernetes/pods-api.ts";
import { EXIT_CODE_OF_VERDICT } from "../../../../../client/cli/chaos/verdict.ts";

const asked: string[] = [];
const release = (answer: Promise<boolean>) => ({
  ...{ namespace: "n", release: "f" },
  isAllowedBy: (configMap: string): Promise<boolean> => {
    asked.push(configMap);
    return answer;
  },
});

test("a release that allows it is broken, and one that does not is left alone", async () => {
  await demandOptIn(release(Promise.resolve(true)), "f-flotilla-chaos");
  expect(asked).toEqual(["f-flotilla-chaos"]);
  await expect(demandOptIn(release(Promise.resolve(false)), "f-flotilla-chaos")).rejects.toMatchObject({
    message: "release f in namespace n does not allow chaos runs",
    next: expect.stringContaining("--without-opt-in") as string,
    code: EXIT_CODE_OF_VERDICT.unchecked,
  });
});

test("what can't be read is no permission", async () => {
  const forbidden = new OutOfReach("whether runs are allowed can't be read in f-chaos: HTTP-Code: 403");
  await expect(demandOptIn(release(Promise.reject(forbidden)), "f-chaos")).rejects.toBe(forbidden);
});

test.each([
  { name: "the chart's", labels: { "flotilla.dev/chaos": "enabled", "app.kubernetes.io/instance": "f" }, allowed: true },
  { name: "another release's", labels: { "flotilla.dev/chaos": "enabled", "app.kubernetes.io/instance": "g" }, allowed: false },
  { name: "one without the word", labels: { "app.kubernetes.io/instance": "f" }, allowed: false },
])("$name ConfigMap: $allowed", ({ labels, allowed }) => {
  expect(isAllowedIn({ metadata: { labels } }, "f")).toBe(allowed);
});
