import { KeptPage } from "../../../../../client/cli/chaos/kubernetes/kept-page.ts";

/** The ConfigMap of a release that had a run before. */
class Shelf {
  readonly namespace = "n";
  page = "the earlier run's";
  isAway = false;

  keep(_name: string, _file: string, page: string): Promise<void> {
    if (this.isAway) return Promise.reject(new Error("nobody answers"));
    if (Buffer.byteLength(page) > 1_048_576) return Promise.reject(new Error("ConfigMap is invalid: must have at most 1048576 bytes"));
    this.page = page;
    return Promise.resolve();
  }
}

function opened(): { readonly shelf: Shelf; readonly kept: KeptPage } {
  const shelf = new Shelf();
  return { shelf, kept: new KeptPage(shelf, "f-chaos", 10) };
}

test("a page is kept, and it is said how it can be had", async () => {
  const { shelf, kept } = opened();
  await kept.begin("this run");
  expect(await kept.keep({ whole: "whole", short: "short" })).toMatchObject({
    how: expect.stringContaining("configmap f-chaos"),
    problem: null,
  });
  expect(shelf.page).toBe("whole");
});

test("of a page that is too large a short one is kept, and that is said", async () => {
  const { shelf, kept } = opened();
  await kept.begin("this run");
  const { how, problem } = await kept.keep({ whole: "ä".repeat(524_289), short: "short" });
  expect(how).not.toBeNull();
  expect(problem).toContain("1,048,578 bytes");
  expect(shelf.page).toBe("short");
});

test("where a page can't be kept that is said, and no earlier one is taken for it", async () => {
  const { shelf, kept } = opened();
  await kept.begin("this run");
  shelf.isAway = true;
  expect(await kept.keep({ whole: "whole", short: "short" })).toEqual({ how: null, problem: "the page could not be kept: nobody answers" });
  expect(shelf.page).toContain("this run has not ended, or could not keep its page");
});

test("where nothing could ever be kept it is said that what is there is of another run", async () => {
  const { shelf, kept } = opened();
  shelf.isAway = true;
  await kept.begin("this run");
  expect((await kept.keep({ whole: "whole", short: "short" })).problem).toContain("f-chaos has is of an earlier run: nobody answers");
});
