// Queries of requests as texts by name. What is not percent-encoded UTF-8 becomes null, and what is there twice a list: no
// schema takes either, so the answer names the parameter.

const PARAMETERS_MAX = 32;

/** Never throws: it is called where nothing would catch it. */
export function parseQuery(text: string): Record<string, unknown> {
  const query = Object.create(null) as Record<string, unknown>;
  if (text === "") return query;
  for (const pair of text.split("&", PARAMETERS_MAX)) {
    if (pair === "") continue;
    const at = pair.indexOf("=");
    const name = decoded(at < 0 ? pair : pair.slice(0, at)) ?? pair.slice(0, at < 0 ? undefined : at);
    const value = at < 0 ? "" : decoded(pair.slice(at + 1));
    query[name] = name in query ? [query[name], value] : value;
  }
  return query;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}
