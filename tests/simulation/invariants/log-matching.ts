// Two logs that hold the same index and term hold the same entries up to there (Raft, log matching). Checked for every
// entry that any member ever asked its disk to hold.
import { breach } from "./invariant.ts";
import type { Invariant, MemberView } from "./invariant.ts";
import type { LedgerWrite } from "../world/ledger.ts";

const INDEX_MAX = 2 ** 26;

export class LogMatching implements Invariant {
  readonly promise = "logs that agree at one entry agree in front of it";
  readonly #chains = new Map<number, number>();

  wrote({ member, ledger }: MemberView, { added }: LedgerWrite): void {
    let expected = ledger.memory.lastIndex - added.length;
    for (const { index, term, chain } of added) {
      if (index !== ++expected) breach(this, `${member} writes entry ${index} where entry ${expected} is due`);
      const key = term * INDEX_MAX + index;
      const known = this.#chains.get(key);
      if (known === undefined) this.#chains.set(key, chain);
      else if (known !== chain) breach(this, `${member} has another log than others up to entry ${index} of term ${term}`);
    }
  }
}
