import { formatAddress, parseAddress } from "../../../runtime/peers/peer-address.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";

describe("addresses", () => {
  test.each([
    { text: "127.0.0.1:7401", parsed: { host: "127.0.0.1", port: 7401 } },
    {
      text: "replica-0.replica.default.svc.cluster.local:7401",
      parsed: { host: "replica-0.replica.default.svc.cluster.local", port: 7401 },
    },
    { text: "[::1]:7401", parsed: { host: "::1", port: 7401 } },
    { text: "::1:7401", parsed: null },
    { text: "[replica]:7401", parsed: null },
    { text: "replica", parsed: null },
    { text: "replica:0", parsed: null },
    { text: "replica:65536", parsed: null },
    { text: "http://replica:7401", parsed: null },
    { text: ":7401", parsed: null },
    { text: "b\u00fccher:7401", parsed: null },
    { text: "a\r\nx: y:7401", parsed: null },
    { text: `${"a".repeat(254)}:7401`, parsed: null },
    { text: "", parsed: null },
  ])("$text", ({ text, parsed }) => {
    expect(parseAddress(text)).toEqual(parsed);
    if (parsed !== null) expect(formatAddress(parsed)).toBe(text);
  });
});

describe("names", () => {
  /** A name server that answers as told, once per answer. */
  function namesWith(...answers: readonly (readonly string[] | null)[]): { readonly names: PeerNames; readonly asked: string[] } {
    const asked: string[] = [];
    const left = [...answers];
    const names = new PeerNames((name) => {
      asked.push(name);
      const answer = left.shift() ?? null;
      return answer === null ? Promise.reject(new Error("SERVFAIL")) : Promise.resolve(answer);
    });
    return { names, asked };
  }

  test("a literal address and localhost need nobody", async () => {
    const { names, asked } = namesWith();
    expect(await names.addressOf("10.1.2.3")).toBe("10.1.2.3");
    expect(await names.addressOf("::1")).toBe("::1");
    expect(await names.addressOf("localhost")).toBe("127.0.0.1");
    expect(asked).toEqual([]);
  });

  test("the newest answer counts, and the last known one stays while there is none", async () => {
    const { names } = namesWith(["10.0.0.1"], null, [], ["10.0.0.2"]);
    expect(await names.addressOf("a.test")).toBe("10.0.0.1");
    expect(await names.addressOf("a.test")).toBe("10.0.0.1");
    expect(await names.addressOf("a.test")).toBe("10.0.0.1");
    expect(await names.addressOf("a.test")).toBe("10.0.0.2");
  });

  test("a name that name servers no longer know keeps its last address: a pod between two lives has none", async () => {
    let answer = (): Promise<readonly string[]> => Promise.resolve(["10.0.0.1"]);
    const names = new PeerNames(() => answer());
    await names.addressOf("a.test");
    answer = () => Promise.reject(Object.assign(new Error("queryA ENOTFOUND"), { code: "ENOTFOUND" }));
    expect(await names.addressOf("a.test")).toBe("10.0.0.1");
    expect(await names.addressOf("b.test")).toBeNull();
  });

  test("attempts go through all addresses of a name", async () => {
    const two = ["10.0.0.1", "10.0.0.2"];
    const { names } = namesWith(two, two, two);
    expect([await names.addressOf("a.test", 0), await names.addressOf("a.test", 1), await names.addressOf("a.test", 2)]).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      "10.0.0.1",
    ]);
  });

  test("a name that was never known is nowhere", async () => {
    expect(await namesWith(null).names.addressOf("a.test")).toBeNull();
  });

  test("where one that is known is asked about in vain, it takes a quarter of a second, and a late answer is for the next", async () => {
    let answerLate = (): void => undefined;
    const silence = new Promise<readonly string[]>((resolve) => (answerLate = () => resolve(["10.0.0.2"])));
    const left = [Promise.resolve(["10.0.0.1"]), silence, silence];
    const names = new PeerNames(() => left.shift() ?? Promise.reject(new Error("SERVFAIL")));
    await names.addressOf("a.test");
    const startMs = performance.now();
    expect(await names.addressOf("a.test")).toBe("10.0.0.1");
    expect(performance.now() - startMs).toBeLessThan(1_400);
    const late = names.addressOf("a.test");
    answerLate();
    expect(await late).toBe("10.0.0.2");
    expect(await names.addressOf("a.test")).toBe("10.0.0.2");
  });

  test("a name server that never answers costs a bounded wait", async () => {
    const names = new PeerNames(() => new Promise(() => undefined));
    const startMs = performance.now();
    expect(await names.addressOf("a.test")).toBeNull();
    expect(performance.now() - startMs).toBeLessThan(3_000);
  });
});
