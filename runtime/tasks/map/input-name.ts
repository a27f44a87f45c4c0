// What records and results call an input: its path below what the job named, so that files of one name in different folders differ, and
// a file that was named itself by the last part of its path.

export function inputName(url: string, inputs: readonly string[]): string {
  const plain = plainUrl(url);
  const roots = inputs.map((input) => rootOf(plainUrl(input))).filter((root) => plain.startsWith(root) && plain.length > root.length);
  const longest = roots.reduce((best, root) => (root.length > best.length ? root : best), "");
  return longest === "" ? lastPart(plain) : plain.slice(longest.length);
}

/** `file:/a` and `file:///a` are the same. */
function plainUrl(url: string): string {
  // Behind a # is the range of keys that a map reads.
  const whole = url.startsWith("kv:") ? url.replace(/#.*$/, "") : url;
  return decoded(whole.replace(/^file:\/\/(?=\/)/, "file:"));
}

/** Up to the last slash before the first wildcard; a folder with its slash. */
function rootOf(input: string): string {
  const wildcard = input.search(/[*?[{]/);
  if (wildcard >= 0) return input.slice(0, input.lastIndexOf("/", wildcard) + 1);
  return input.endsWith("/") ? input : `${input}/`;
}

function lastPart(url: string): string {
  const path = url.replace(/[?#].*$/, "");
  return path.slice(path.lastIndexOf("/") + 1) || url;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
