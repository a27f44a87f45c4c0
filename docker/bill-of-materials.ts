// The bill of materials of one bundle, as CycloneDX has it: the packages that something of is in it, as the lock file names them. It says
// nothing that changes from build to build, neither a time nor a random number: the same commit gives the same bytes.

/** What npm wrote down: each package by its folder, such as node_modules/a/node_modules/@b/c. */
export type LockFile = {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
type LockedPackage = {
  /** Where the folder has another name. */
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
};

export type Bundled = {
  readonly bundle: string;
  /** Every file with the number of its bytes in the bundle: one that is read and of no use leaves none. */
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly lock: LockFile;
};

/** As text, to be written beside the bundle. */
export function billOfMaterials({ bundle, inputs, lock }: Bundled): string {
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = new Set(used.flatMap(([path]) => packageFolder(path) ?? []));
  const components = new Map([...folders].map((folder) => component(folder, lock)).map((each) => [each.purl, each]));
  const { version, license } = locked("", lock);
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: `flotilla-${bundle}`, version, ...licences(license) } },
    components: [...components.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1)),
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** Null: one of our own files. */
function packageFolder(path: string): string | null {
  return /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? null;
}

function component(folder: string, lock: LockFile) {
  const { name = folder.replace(/^.*\bnode_modules\//, ""), version, license, integrity } = locked(folder, lock);
  const [, group, rest = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return {
    type: "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name: rest,
    version,
    purl,
    ...licences(license),
    ...hashes(integrity),
  };
}

function locked(folder: string, { packages }: LockFile): LockedPackage {
  const found = packages[folder];
  if (found === undefined) throw new Error(`${folder} is in a bundle, and not in package-lock.json`);
  return found;
}

function licences(license: string | undefined) {
  return license === undefined ? {} : { licenses: [{ expression: license }] };
}

/** Of what was fetched. */
function hashes(integrity = "") {
  const [, base64] = /^sha512-(\S+)$/.exec(integrity) ?? [];
  return base64 === undefined ? {} : { hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }] };
}
