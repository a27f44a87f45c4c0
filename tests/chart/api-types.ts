// What Kubernetes' API takes, as its client declares it: those types are generated from the API's own description, so they have every
// field, what it is, and whether it must be there. An object is looked at strictly: the API server drops a field that it does not know
// without a word. Words of which only some are allowed are texts here; the API server refuses the others itself.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import type { ObjectRule } from "./object-rules.ts";
import type { KubernetesObject } from "./render.ts";

export type ApiTypes = {
  /** The type of an object, or null if the API has no such kind in that version. */
  readonly typeOf: (object: KubernetesObject) => string | null;
  /** Null if there is no such type. */
  readonly fieldsOf: (type: string) => Fields | null;
};
type Fields = ReadonlyMap<string, { readonly isRequired: boolean; readonly type: ts.TypeNode }>;

/** `generated` is the client's folder of what was generated, `custom` a file with the kinds that are not Kubernetes' own. */
export function readApiTypes(generated: string, custom: string): ApiTypes {
  const customTypes = typesIn(custom);
  const known = new Map<string, Fields | null>(customTypes);
  const read = (type: string): Fields | null => {
    const path = join(generated, "models", `${type}.d.ts`);
    return existsSync(path) ? (typesIn(path).get(type) ?? null) : null;
  };
  return {
    typeOf: ({ apiVersion, kind }) => (customTypes.has(kind) ? kind : typeOfKind(generated, apiVersion, kind)),
    fieldsOf(type) {
      if (!known.has(type)) known.set(type, read(type));
      return known.get(type) ?? null;
    },
  };
}

export const objectsAreWhatTheApiTakes =
  (types: ApiTypes): ObjectRule =>
  (objects) =>
    objects.flatMap((object) => {
      const name = `${object.kind}/${object.metadata.name}`;
      const type = types.typeOf(object);
      if (type === null) return [`${name}: the API has no ${object.kind} of ${object.apiVersion}`];
      return inObject(object, type, { types, path: "" }).map((complaint) => `${name}: ${complaint}`);
    });

/** What the client's call that makes such an object takes: it is of a class for the group and version. */
function typeOfKind(generated: string, apiVersion: string, kind: string): string | null {
  const [version = "", group = "core"] = apiVersion.split("/").toReversed();
  const words = [...group.replace(/\.k8s\.io$/, "").split("."), version].map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  const path = join(generated, "apis", `${words.join("")}Api.d.ts`);
  if (!existsSync(path)) return null;
  const calls = new RegExp(`^ +create(?:Namespaced)?${kind}\\((?:namespace: string, )?body: (\\w+)`, "m");
  return calls.exec(readFileSync(path, "utf8"))?.[1] ?? null;
}

function typesIn(path: string): ReadonlyMap<string, Fields> {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const found = new Map<string, Fields>();
  for (const statement of source.statements) {
    if (ts.isClassDeclaration(statement) && statement.name !== undefined) found.set(statement.name.text, fieldsIn(statement.members));
    if (ts.isTypeAliasDeclaration(statement) && ts.isTypeLiteralNode(statement.type))
      found.set(statement.name.text, fieldsIn(statement.type.members));
  }
  return found;
}

function fieldsIn(members: readonly (ts.ClassElement | ts.TypeElement)[]): Fields {
  const fields: [string, { isRequired: boolean; type: ts.TypeNode }][] = [];
  for (const member of members) {
    if (!(ts.isPropertyDeclaration(member) || ts.isPropertySignature(member)) || member.type === undefined) continue;
    if (member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword) === true) continue;
    // The client calls a field _from where from is a word of the language.
    const name = (member.name as ts.StringLiteral | ts.Identifier).text.replace(/^_/, "");
    fields.push([name, { isRequired: member.questionToken === undefined, type: member.type }]);
  }
  return new Map(fields);
}

type Place = { readonly types: ApiTypes; readonly path: string };

function inObject(value: unknown, type: string, { types, path }: Place): readonly string[] {
  const fields = types.fieldsOf(type);
  if (fields === null) return [`${path} is of the type ${type}, which nobody declares`];
  if (!isObject(value)) return [`${path} is ${JSON.stringify(value)}, and not an object (${type})`];
  const missing = [...fields].filter(([name, { isRequired }]) => isRequired && (value[name] ?? null) === null);
  const complaints = missing.map(([name]) => `${path}/${name} must be there (${type})`);
  for (const [name, each] of Object.entries(value)) {
    const field = fields.get(name);
    if (field === undefined) complaints.push(`${path}/${name} is no field of ${type}`);
    // Null is to leave it out, or to take the default's place.
    else if (each !== null) complaints.push(...inValue(each, field.type, { types, path: `${path}/${name}` }));
  }
  return complaints;
}

function inValue(value: unknown, type: ts.TypeNode, place: Place): readonly string[] {
  if (ts.isTypeLiteralNode(type)) return inMap(value, type, place);
  if (ts.isLiteralTypeNode(type)) return simple(value, [(type.literal as ts.StringLiteral).text], place);
  if (!ts.isTypeReferenceNode(type)) return simple(value, KEYWORDS[type.kind], place);
  const name = (type.typeName as ts.Identifier).text;
  const element = type.typeArguments?.[0];
  if (name === "Array" && element !== undefined) {
    if (!Array.isArray(value)) return [`${place.path} is ${JSON.stringify(value)}, and not a list`];
    return value.flatMap((each, i) => inValue(each, element, { ...place, path: `${place.path}/${i}` }));
  }
  return name in NAMED ? simple(value, NAMED[name], place) : inObject(value, name, place);
}

function inMap(value: unknown, type: ts.TypeLiteralNode, place: Place): readonly string[] {
  const element = type.members.find(ts.isIndexSignatureDeclaration)?.type;
  if (element === undefined) return [`${place.path} is of a type that can't be looked at`];
  if (!isObject(value)) return [`${place.path} is ${JSON.stringify(value)}, and not an object`];
  return Object.entries(value).flatMap(([name, each]) => inValue(each, element, { ...place, path: `${place.path}/${name}` }));
}

type Allowed = readonly string[] | ((value: unknown) => boolean);
const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "number";
const KEYWORDS: Readonly<Partial<Record<ts.SyntaxKind, Allowed>>> = {
  [ts.SyntaxKind.StringKeyword]: isText,
  [ts.SyntaxKind.NumberKeyword]: isNumber,
  [ts.SyntaxKind.BooleanKeyword]: (value) => typeof value === "boolean",
  [ts.SyntaxKind.AnyKeyword]: () => true,
};
const NAMED: Readonly<Record<string, Allowed>> = { Date: isText, IntOrString: (value) => isText(value) || isNumber(value) };

function simple(value: unknown, allowed: Allowed | undefined, { path }: Place): readonly string[] {
  if (allowed === undefined) return [`${path} is of a type that can't be looked at`];
  const isAllowed = typeof allowed === "function" ? allowed(value) : allowed.includes(value as string);
  return isAllowed ? [] : [`${path} can't be ${JSON.stringify(value)}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
