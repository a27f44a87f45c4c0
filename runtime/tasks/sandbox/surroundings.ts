// Whether job code has left as it was what all code of a process shares: the global object, and the constructors and prototypes of the language
// and of Node. A sandbox serves one attempt after the other, and none may find what an earlier one has put there.

/** Taken before there is any code that could change them. */
const { getOwnPropertyDescriptor, getPrototypeOf, is } = Object;
const { ownKeys } = Reflect;

type Property = { readonly key: PropertyKey; readonly descriptor: PropertyDescriptor };
type Remembered = { readonly object: object; readonly parent: object | null; readonly properties: readonly Property[] };

/** Gives what says whether all of it is as it is now. */
export function rememberSurroundings(): () => boolean {
  const all = [...shared()].map(remembered);
  return () => {
    // Without iterators, which may be what was changed.
    for (let i = 0; i < all.length; i++) if (!isUntouched(all[i] as Remembered)) return false;
    return true;
  };
}

/** What has a name, and what syntax makes and has none. */
function shared(): ReadonlySet<object> {
  const made = [[].values(), new Map().values(), new Set().values(), "".matchAll(/./g), ""[Symbol.iterator]()];
  const found = new Set<object>([globalThis, ...made.map((each) => getPrototypeOf(each) as object), ...functions()]);
  for (const each of found) {
    const parent = getPrototypeOf(each) as object | null;
    if (parent !== null) found.add(parent);
    for (const key of ownKeys(each)) {
      const value = getOwnPropertyDescriptor(each, key)?.value as unknown;
      const prototype = typeof value === "function" ? (value as { readonly prototype?: unknown }).prototype : undefined;
      if (isObject(prototype)) found.add(value as object).add(prototype);
      else if (each === globalThis && (isObject(value) || typeof value === "function")) found.add(value);
    }
  }
  return found;
}

function functions(): readonly object[] {
  const generator = function* (): Generator<number> {
    yield 0;
  };
  const asynchronous = async function* (): AsyncGenerator<number> {
    yield await Promise.resolve(0);
  };
  return [generator, asynchronous, async () => Promise.resolve()].map((each) => getPrototypeOf(each) as object);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function remembered(object: object): Remembered {
  const properties = ownKeys(object).map((key) => ({ key, descriptor: getOwnPropertyDescriptor(object, key) ?? {} }));
  return { object, parent: getPrototypeOf(object) as object | null, properties };
}

function isUntouched({ object, parent, properties }: Remembered): boolean {
  if (getPrototypeOf(object) !== parent || ownKeys(object).length !== properties.length) return false;
  for (let i = 0; i < properties.length; i++) {
    const { key, descriptor } = properties[i] as Property;
    if (!isSame(descriptor, getOwnPropertyDescriptor(object, key))) return false;
  }
  return true;
}

function isSame(before: PropertyDescriptor, now: PropertyDescriptor | undefined): boolean {
  if (now === undefined) return false;
  if (is(before.value, now.value) && before.get === now.get && before.set === now.set) return before.writable === now.writable;
  // Much of Node is loaded when it is asked for: what loads it gives way to it.
  return before.get !== undefined && now.get === undefined && is(before.get.call(globalThis), now.value);
}
