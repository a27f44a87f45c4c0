// Whether two values have the same parts, as jest's `toEqual` means it: what is undefined is as good as missing, and whose prototype
// something has does not matter. Says no wherever it can't tell, so a no has to be asked again.

type Parts = Readonly<Record<string, unknown>>;

export function haveSameParts(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && haveSameItems(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  return isPlain(a) && isPlain(b) && haveSameProperties(a, b);
}

function haveSameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!haveSameParts(a[i], b[i])) return false;
  return true;
}

function haveSameProperties(a: Parts, b: Parts): boolean {
  for (const name of Object.keys(a)) {
    if (Object.hasOwn(b, name) ? !haveSameParts(a[name], b[name]) : a[name] !== undefined) return false;
  }
  return Object.keys(b).every((name) => b[name] === undefined || Object.hasOwn(a, name));
}

/** Its own properties are all that tells it from another. Matchers like `expect.any(Number)` are not plain, nor are maps, dates and errors. */
function isPlain(value: object): value is Parts {
  return (
    Object.prototype.toString.call(value) === "[object Object]" &&
    !("asymmetricMatch" in value) &&
    !(Symbol.iterator in value) &&
    Object.getOwnPropertySymbols(value).length === 0
  );
}
