// What the disk confirmed is there after a restart: a life begins with exactly what was confirmed, and perhaps some of
// the writes that were still under way, oldest first, the last of them perhaps without its last entries. Never with
// anything else.
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { Ledger, LedgerWrite, LogImage } from "../world/ledger.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberView } from "./invariant.ts";

export class NothingDurableLost implements Invariant {
  readonly promise = "a restart finds what the disk had confirmed";
  readonly #committed: LogImage;

  constructor(committed: LogImage) {
    this.#committed = committed;
  }

  recovered({ member, ledger }: MemberView, recovered: RecoveredGroup): void {
    if (ledger.isRolledBack) return;
    const { index, term } = recovered.base;
    if (this.#committed.termAt(index) !== term) breach(this, `${member} finds a snapshot up to ${index}, which was never committed`);
    const found = { recovered, image: ledger.imageOf(recovered) };
    const expected = ledger.copyOfDurable();
    if (agrees(expected, found)) return;
    for (const write of ledger.underWay) {
      if (isPartOf(write, expected, found)) return;
      expected.underWay.push(write);
      expected.confirmed(write.batch);
      if (agrees(expected, found)) return;
    }
    const { hardState } = recovered;
    const had = describe(ledger.durable, ledger.durableHardState);
    breach(this, `${member} had ${had}, and ${ledger.underWay.length} writes under way; it finds ${describe(found.image, hardState)}`);
  }
}

type Found = { readonly recovered: RecoveredGroup; readonly image: LogImage };

function agrees(expected: Ledger, { recovered, image }: Found): boolean {
  const { durableHardState: hardState, durable } = expected;
  if (hardState.term !== recovered.hardState.term || hardState.vote !== recovered.hardState.vote) return false;
  if (durable.lastIndex === image.lastIndex && durable.last.chain === image.last.chain) return true;
  // A snapshot that became durable just before the log was to restart behind it stands for a log that is not kept.
  const { index, term } = recovered.base;
  return recovered.entries.length === 0 && index > 0 && durable.termAt(index) !== term;
}

/** A large write takes several frames: its head comes first, and its entries follow in order. */
function isPartOf(write: LedgerWrite, before: Ledger, { recovered, image }: Found): boolean {
  const { added } = write;
  for (let count = added.length - 1; count >= 0; count--) {
    const expected = before.copyOfDurable();
    expected.underWay.push({ ...write, added: added.slice(0, count) });
    expected.confirmed(write.batch);
    if (agrees(expected, { recovered, image })) return true;
  }
  return false;
}

function describe({ last }: LogImage, { term, vote }: RecoveredGroup["hardState"]): string {
  return `term ${term}, vote ${vote ?? "none"}, last entry ${last.index} of term ${last.term}`;
}
