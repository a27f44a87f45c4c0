// The program of `helm test` that deletes a leader, against a store that this test pretends: what becomes of keys, and which leader it takes
// for another one.
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Ended } from "./test-programs.ts";
import { testPrograms } from "./test-programs.ts";

const USERS_KEY = "helm-test-0";

type Ill = { readonly losesValues?: boolean; readonly keepsItsLeader?: boolean };

/** A group of one member, whose next leader has its name. */
class PretendedStore {
  readonly keys = new Map([[USERS_KEY, "the user's"]]);
  readonly #ill: Ill;
  #term = 3;

  constructor(ill: Ill) {
    this.#ill = ill;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    const key = url.split("/").at(-1) ?? "";
    const body = await text(request);
    if (method === "PUT") this.keys.set(key, this.#ill.losesValues === true ? "lost" : (JSON.parse(body) as { value: string }).value);
    if (method === "DELETE") this.keys.delete(key);
    if (method === "POST" && this.#ill.keepsItsLeader !== true) this.#term += 1;
    response.end(JSON.stringify(url === "/v1/status" ? { role: "leader", term: this.#term } : { value: this.keys.get(key) }));
  }
}

type Outcome = Ended & { readonly keys: readonly (readonly [string, string])[] };

const programs = testPrograms(join(__dirname, "../../charts/flotilla/files/tests"), {
  "delete-pod.mjs": `export const deletePod = (name) => fetch(process.env.STORE, { method: "POST", body: name });\n`,
});
afterAll(() => {
  programs.remove();
});

async function run(ill: Ill = {}): Promise<Outcome> {
  const store = new PretendedStore(ill);
  const variables = (origin: string) => ({ STORE: origin, GROUPS: origin, NAMESPACE: "default" });
  const ended = await programs.run("failover.mjs", (request, response) => store.answer(request, response), variables);
  return { ...ended, keys: [...store.keys] };
}

test("a run leaves no key, and touches none of anybody else's", async () => {
  expect(await run()).toMatchObject({ code: 0, said: expect.stringContaining("in term 4") as string, keys: [[USERS_KEY, "the user's"]] });
});

test("a run that fails leaves none either, and says why it failed", async () => {
  const { code, said, keys } = await run({ losesValues: true });
  expect({ code, keys }).toEqual({ code: 1, keys: [[USERS_KEY, "the user's"]] });
  expect(said).toContain('found "lost" instead of');
});

test("the leader that was deleted is not taken for another one", async () => {
  const { code, said } = await run({ keepsItsLeader: true });
  expect(code).toBe(1);
  expect(said).toContain("another leader: not within");
});
