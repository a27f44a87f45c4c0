// `flotilla group recover`: for the day on which most disks of a group are gone for good. Says what would be kept and who
// would be given up, and asks before it does anything.
import { randomInt } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { foundingOf } from "../../core/replica/identity.ts";
import { LIFE_MARKS } from "../../core/replica/life-number.ts";
import { nodeFiles } from "../../runtime/disk/node-files.ts";
import type { RecoveryPlan } from "../../runtime/disk/group-recovery.ts";
import { recoverGroup } from "../../runtime/disk/group-recovery.ts";
import { PeerAsker } from "../../runtime/peers/peer-asker.ts";
import { PeerNames } from "../../runtime/peers/peer-names.ts";
import { UsageError } from "./config.ts";
import type { PlaceFound } from "./living-members.ts";
import { askPlaces, describeFound, placesOf, whyGroupLives } from "./living-members.ts";
import { paintFor, table } from "./terminal.ts";

export const GROUP_RECOVER_USAGE = `flotilla group recover GROUP --data-dir DIR [--yes] [--although-it-lives]

Brings a group back whose majority is gone for good: the member whose data directory is DIR becomes the group's only voter, with the log that it has. What
only the others had is lost. They are given up for ever; members that come back with empty disks join by themselves.

Before you do this, be sure that the others' disks are really gone, and choose the survivor with the highest term, then the longest log
("lastIndex" in GET /v1/status). Stop its process first, and start it again afterwards. The command asks the other places who is there, and refuses while the group
has a leader or the voters that answer are a majority: members that live would be given up, with all that only they have.

  --data-dir DIR        the survivor's data directory
  --yes                 do not ask
  --although-it-lives   do it although others of the group answer

Example:
  flotilla group recover 1 --data-dir /data/replica-1-2`;

const paint = paintFor(process.stdout);

export async function recoverGroupCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(GROUP_RECOVER_USAGE);
    return 0;
  }
  const [group, ...others] = positionals;
  const path = values["data-dir"];
  if (group === undefined || others.length > 0 || path === undefined) throw new UsageError("needs GROUP and --data-dir DIR; see --help");
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
      describe(plan, path, found.places);
      if (found.whyLives !== null && !values["although-it-lives"]) {
        throw new Error(
          `${found.whyLives}. Nothing was changed: start this member again. To give them up all the same: --although-it-lives`,
        );
      }
      return values.yes || ask(group);
    },
  });
  if (typeof result === "object") throw new Error(result.refused);
  if (result === "notConfirmed") {
    console.log("Nothing was changed.");
    return 1;
  }
  console.log(
    `${paint.green("✓")} Done. Start this member again; start the others with empty data directories, and they join by themselves.`,
  );
  return 0;
}

type Options = {
  readonly values: { readonly "data-dir"?: string; readonly yes: boolean; readonly "although-it-lives": boolean; readonly help: boolean };
  readonly positionals: readonly string[];
};

function parse(args: readonly string[]): Options {
  const options = {
    "data-dir": { type: "string" },
    yes: { type: "boolean", default: false },
    "although-it-lives": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
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

function describe({ identity, lastIndex, lastTerm, forced }: RecoveryPlan, path: string, found: readonly PlaceFound[]): void {
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
