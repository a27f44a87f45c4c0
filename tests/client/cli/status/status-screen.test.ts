// Whole screens, as a person sees them.
import { viewOf } from "../../../../client/cli/status/cluster-view.ts";
import { statusScreen } from "../../../../client/cli/status/status-screen.ts";
import { paintFor } from "../../../../client/cli/terminal.ts";
import { facts, member, WHOLE } from "./a-cluster.ts";

const PLAIN = paintFor({ isTTY: false } as NodeJS.WriteStream);
const screen = (...args: Parameters<typeof facts>): string => `\n${statusScreen(viewOf(facts(...args)), PLAIN)}\n`;

test("a whole cluster", () => {
  expect(screen(WHOLE)).toMatchInlineSnapshot(`
   "
   ✓ Healthy  2 groups · 6 replicas · 3 controllers · 4 shards · 1,204 keys  .flotilla

        process       role      term  lag  shards  keys   pid  address
   Controllers  controller-0 leads · configuration 4
     ✓  controller-0  leader       3    0                4400  http://127.0.0.1:7400
     ✓  controller-1  follower     3    0                4401  http://127.0.0.1:7401
     ✓  controller-2  follower     3    0                4402  http://127.0.0.1:7402

   Group 1  replica-1-0 leads · owns 2 shards
     ✓  replica-1-0   leader       3    0       2   602  4410  http://127.0.0.1:7410
     ✓  replica-1-1   follower     3    0       2   602  4411  http://127.0.0.1:7411
     ✓  replica-1-2   follower     3    0       2   602  4412  http://127.0.0.1:7412

   Group 2  replica-2-0 leads · owns 2 shards
     ✓  replica-2-0   leader       3    0       2   602  4413  http://127.0.0.1:7413
     ✓  replica-2-1   follower     3    0       2   602  4414  http://127.0.0.1:7414
     ✓  replica-2-2   follower     3    0       2   602  4415  http://127.0.0.1:7415
   "
  `);
});

test("trouble: a damaged disk, a death, a lagging member, a move", () => {
  const members = WHOLE.map((each) => {
    if (each.name === "replica-1-2")
      return member(each.name, {
        pid: null,
        status: null,
        unready: "does not run",
        stopped: "log/0000000001.segment at byte 4096: the checksum is wrong",
      });
    if (each.name === "replica-2-1") return member(each.name, { pid: null, status: null, unready: "does not run" });
    if (each.name === "replica-2-2")
      return member(each.name, { status: { role: "learner", term: 3, appliedIndex: 12, keys: 5 }, unready: "still catching up" });
    return each;
  });
  expect(screen(members, { migrations: [{ shard: 3, from: "2", to: "1", state: "copying" }] })).toMatchInlineSnapshot(`
   "
   ✗ Down  2 groups · 6 replicas · 3 controllers · 4 shards · 1,204 keys · 1 move  .flotilla
     group 1: 2 of 3 members are well
     group 2 has no majority: 1 of 3 members are well

        process       role      term    lag  shards  keys   pid  address
   Controllers  controller-0 leads · configuration 4
     ✓  controller-0  leader       3      0                4400  http://127.0.0.1:7400
     ✓  controller-1  follower     3      0                4401  http://127.0.0.1:7401
     ✓  controller-2  follower     3      0                4402  http://127.0.0.1:7402

   Group 1  replica-1-0 leads · owns 2 shards
     ✓  replica-1-0   leader       3      0       2   602  4410  http://127.0.0.1:7410
     ✓  replica-1-1   follower     3      0       2   602  4411  http://127.0.0.1:7411
     ✗  replica-1-2   stopped                                    http://127.0.0.1:7412
        log/0000000001.segment at byte 4096: the checksum is wrong

   Group 2  no majority · owns 2 shards
     ✓  replica-2-0   leader       3      0       2   602  4413  http://127.0.0.1:7413
     ✗  replica-2-1   down                                       http://127.0.0.1:7414
     !  replica-2-2   learner      3  1,488             5  4415  http://127.0.0.1:7415
        still catching up

   Moves
     shard   3  group 2 → group 1  copying
   "
  `);
});

test("nothing runs", () => {
  const members = WHOLE.slice(3).map(({ name }) => member(name, { pid: null, status: null, unready: "does not run" }));
  expect(screen(members, { hasLauncher: false, shards: null, configNumber: null })).toMatchInlineSnapshot(`
   "
   ✗ Down  2 groups · 6 replicas · 0 keys  .flotilla
     it does not run: flotilla up starts it

        process      role  address
   Group 1  does not run
     ✗  replica-1-0  down  http://127.0.0.1:7410
     ✗  replica-1-1  down  http://127.0.0.1:7411
     ✗  replica-1-2  down  http://127.0.0.1:7412

   Group 2  does not run
     ✗  replica-2-0  down  http://127.0.0.1:7413
     ✗  replica-2-1  down  http://127.0.0.1:7414
     ✗  replica-2-2  down  http://127.0.0.1:7415
   "
  `);
});

test("elsewhere: no process ids", () => {
  expect(
    screen(
      WHOLE.slice(3, 6).map(({ name }) => member(name, { pid: undefined })),
      { name: "http://a:7400", hasLauncher: null },
    ),
  ).toMatchInlineSnapshot(`
   "
   ✓ Healthy  1 group · 3 replicas · 4 shards · 602 keys  http://a:7400

        process      role      term  lag  shards  keys  address
   Group 1  replica-1-0 leads · owns 2 shards
     ✓  replica-1-0  leader       3    0       2   602  http://127.0.0.1:7410
     ✓  replica-1-1  follower     3    0       2   602  http://127.0.0.1:7411
     ✓  replica-1-2  follower     3    0       2   602  http://127.0.0.1:7412
   "
  `);
});
