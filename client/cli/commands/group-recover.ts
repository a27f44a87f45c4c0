// `flotilla group recover`: for the day on which most disks of a group are gone for good. Says what would be kept and who
// would be given up, and asks before it does anything.
import { randomInt } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { foundingOf } from "../../../core/replica/identity.ts";
import { LIFE_MARKS } from "../../../core/replica/life-number.ts";
import { nodeFiles } from "../../../runtime/disk/node-files.ts";
import type { RecoveryPlan } from "../../../runtime/disk/group-recovery.ts";
import { recoverGroup } from "../../../runtime/disk/group-recovery.ts";
import { PeerAsker } from "../../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../../runtime/peers/peer-names.ts";
import type { Command } from "../grammar/command.ts";
import type { Given } from "../grammar/given.ts";
import type { PlaceFound } from "../living-members.ts";
import { askPlaces, describeFound, placesOf, whyGroupLives } from "../living-members.ts";
import type { Output } from "../output.ts";
import type { Paint } from "../terminal.ts";
import { MARKS, table } from "../terminal.ts";
import { CODES, Trouble, UsageError } from "../trouble.ts";

export const groupRecover: Command = {
  name: "group recover",
  summary: "bring a group back whose majority is gone for good",
  details:
    "The member whose data directory is DIR becomes the group's only voter, with the log that it has. What only the others had is lost. They are given up for ever; members that come back with empty disks join by themselves. Before you do this, be sure that the others' disks are really gone, and choose the survivor with the highest term, then the longest log (\"lastIndex\" in GET /v1/status). Stop its process first, and start it again afterwards. The command asks the other places who is there, and refuses while the group has a leader or the voters that answer are a majority: members that live would be given up, with all that only they have.",
  arguments: [{ name: "GROUP", meaning: "the group's id" }],
  flags: [
    { name: "data-dir", kind: "text", value: "DIR", meaning: "the survivor's data directory" },
    { name: "yes", kind: "switch", meaning: "do not ask" },
    { name: "although-it-lives", kind: "switch", meaning: "do it although others of the group answer" },
  ],
  examples: [
    { command: "flotilla group recover 1 --data-dir /data/replica-1-2", meaning: "what replica 2 has is what is left of group 1" },
  ],
  run: recover,
};

async function recover(given: Given, { paint }: Output): Promise<number> {
  const [group, path] = [given.argument("GROUP"), given.text("data-dir")];
  if (path === null)
    throw new UsageError("group recover needs --data-dir DIR: the survivor's data directory", "see: flotilla group recover --help");
  const result = await recoverGroup({
    files: nodeFiles(),
    path,
    mark: randomInt(LIFE_MARKS),
    whyNot: (identity) => {
      if (identity === null) return `${path} is blank: no member ever used it`;
      return identity.group === group ? null : `${path} belongs to group ${identity.group}, not to group ${group}`;
    },
    confirm: async (plan) => {
      const found = await find(plan);
      describe({ plan, path, found: found.places }, paint);
      if (found.whyLives !== null && !given.has("although-it-lives")) {
        throw new Trouble(
          `${found.whyLives}. Nothing was changed: start this member again. To give them up all the same: --although-it-lives`,
        );
      }
      return given.has("yes") || ask(group);
    },
  });
  if (typeof result === "object") throw new Trouble(result.refused);
  if (result === "notConfirmed") {
    console.log("Nothing was changed.");
    return CODES.failed;
  }
  console.log(
    `${paint.green(MARKS.good)} Done. Start this member again; start the others with empty data directories, and they join by themselves.`,
  );
  return CODES.done;
}

type Found = { readonly places: readonly PlaceFound[]; readonly whyLives: string | null };

async function find({ identity, forced }: RecoveryPlan): Promise<Found> {
  const founding = foundingOf(identity);
  if (founding === null) return { places: [], whyLives: null };
  const search = { founding, membership: forced.before, survivor: identity.member };
  const asker = new PeerAsker(new PeerNames());
  const places = await askPlaces(asker, placesOf(search));
  asker.close();
  return { places, whyLives: whyGroupLives(search, places) };
}

type Description = { readonly plan: RecoveryPlan; readonly path: string; readonly found: readonly PlaceFound[] };

function describe({ plan: { identity, lastIndex, lastTerm, forced }, path, found }: Description, paint: Paint): void {
  const { before, after } = forced;
  const givenUp = after.removed.filter((member) => !before.removed.includes(member));
  const rows = [
    ["group", identity.group],
    ["data", path],
    ["kept", `${identity.member} at place ${identity.ordinal}, with its log up to entry ${lastIndex} of term ${lastTerm}`],
    ...found.map((each) => ["asked", describeFound(each)]),
    ...givenUp.map((member) => ["given up", `${member} at place ${before.places[member]?.ordinal ?? "?"}`]),
  ];
  console.log(table(rows, (cell, column) => (column === 0 ? paint.dim(cell) : cell)));
  if (!before.voters.includes(identity.member))
    console.log(paint.yellow("  This member had no vote: it may lack what was acknowledged last. Prefer one that had."));
}

async function ask(group: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`\nWhat only the others had is lost for ever. Type the group's id (${group}) to go on: `);
  terminal.close();
  return answer.trim() === group;
}
