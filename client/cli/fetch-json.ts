// A question to a process that may not be there: its answer as JSON, whatever the status, or null.

const ANSWER_MS = 500;

export async function fetchJson(url: string, init: RequestInit = {}): Promise<unknown> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
    return await response.json();
  } catch {
    return null;
  }
}
