// What records and results call an input: its path below what the job named, so that files of one name in different folders differ, and
// a file that was named itself by the last part of its path.

export function inputName(url: string, inputs: readonly string[]): string {
  const roots = inputs.map(rootOf).filter((root) => url.startsWith(root) && url.length > root.length);
  const longest = roots.reduce((best, root) => (root.length > best.length ? root : best), "");
  const name = longest === "" ? lastPart(url) : url.slice(longest.length);
  return decoded(name);
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
