import { asBoot } from "../../../core/base/ids.ts";
import { bootsIn, bootsMetadata } from "../../../runtime/replica/boots-seen.ts";

describe("lives of peers that were met", () => {
  test("come back as they were kept", () => {
    const boots = { a: asBoot(3), __proto: asBoot(1) };
    expect(bootsIn(JSON.parse(JSON.stringify(bootsMetadata(boots))) as Record<string, unknown>)).toEqual(boots);
  });

  test.each([{}, { bootsSeen: null }, { bootsSeen: "x" }, { bootsSeen: { a: "3" } }])("are none in %j", (metadata) => {
    expect(bootsIn(metadata)).toEqual({});
  });
});
