// The few things that S3 says in XML, read without a parser: elements by name, in documents that have no attributes that matter.

export function elementsIn(xml: string, name: string): readonly string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, "g")), ([, content = ""]) => content);
}

export function textIn(xml: string, name: string): string | null {
  const [first] = elementsIn(xml, name);
  return first === undefined ? null : unescaped(first);
}

const NAMES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (...[whole, hex, decimal, name]: readonly (string | undefined)[]) => {
    if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return NAMES[name ?? ""] ?? whole ?? "";
  });
}

export function escaped(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}
