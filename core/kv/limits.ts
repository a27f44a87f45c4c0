// Limits of commands. Most are decided when a command is applied, so they must be the same on all members: a change of one is a new
// version. Those that a leader asks about before it proposes a command say so.

export const KEY_BYTES_MAX = 1_024;
export const VALUE_BYTES_MAX = 1_048_576;
/** Comparisons of a transaction, operations of one of its branches or of a batch. */
export const OPERATIONS_MAX = 1_000;
/** Sums of decimal fractions in one command, asked before it is proposed. Each sum takes up to five thousand bytes of the answer, and two milliseconds of every member. */
export const FRACTIONS_MAX = 100;
/** Values that one command may make anew as a whole, however little of them changes; asked before it is proposed. Each takes two milliseconds of every member. */
export const WHOLE_VALUES_MAX = 100;
/** Of all values that one transaction or batch reads: one of the largest has room, and a session that remembers it fits into an entry. */
export const READ_BYTES_MAX = VALUE_BYTES_MAX;
/** The same where nobody has to remember it: copied within a few milliseconds. No member's state depends on it. */
export const QUERY_BYTES_MAX = 16 * VALUE_BYTES_MAX;
/** The year 10889: what six bytes hold. */
export const DEADLINE_MS_MAX = 2 ** 48 - 1;
/** Of one page of a scan, whatever was asked for: copied within a few milliseconds. */
export const SCAN_ENTRIES_MAX = 10_000;
export const SCAN_BYTES_MAX = 4 * VALUE_BYTES_MAX;
/** Keys that have ended are looked at, too, until they are removed. */
export const SCAN_EXAMINED_MAX = 2 * SCAN_ENTRIES_MAX;
