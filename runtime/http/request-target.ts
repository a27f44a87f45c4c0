// What the first line of a request asks for. It is taken as it is written or not at all: read in two ways, it would be one key for a
// client and another for the store, or one for this member and another for the one that it is handed on to.

/** Of a whole address, of an asterisk, of a fragment and of a backslash readers make different things; and of bytes beyond ASCII, if they get here. */
const PATH_AND_QUERY = /^\/[\x21\x22\x24-\x5b\x5d-\x7e]*$/;

/** Null: it is a path with its query, and everybody reads the same. */
export function whyNoTarget(target: string): string | null {
  if (!target.startsWith("/")) return "a request asks for a path, which begins with a slash; not for a whole address";
  return PATH_AND_QUERY.test(target) ? null : "a path and its query are visible ASCII without # and \\; everything else is percent-encoded";
}
