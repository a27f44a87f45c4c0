// Lints the snippets that come in as JSON on standard input with the project's real configuration, and prints which
// rules fired. A process of its own, because ESLint loads its configuration in a way that jest does not allow.
import { readFileSync } from "node:fs";
import { ESLint } from "eslint";

/** `path` names a file that exists: the text takes its place, so that types are known. */
type Snippet = { readonly path: string; readonly text: string };

const snippets = JSON.parse(readFileSync(0, "utf8")) as Snippet[];
const eslint = new ESLint();
const fired: string[][] = [];
for (const { path, text } of snippets) {
  const results = await eslint.lintText(text, { filePath: path });
  fired.push(results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => ruleId ?? message)));
}
process.stdout.write(JSON.stringify(fired));
