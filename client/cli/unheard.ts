// What becomes of a command that nobody hears any more: its reader has left, its terminal is closed, or the disk of its log is full.

/** Whoever stops reading, like `head`, wants no more and no error. */
export function endUnheard(): void {
  process.stdout.on("error", onUnheard);
}

/** For whoever keeps processes running: without it they would run on, and nobody would start again what ends. */
export function goOnUnheard(): void {
  process.stdout.off("error", onUnheard);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
}

function onUnheard(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit();
  throw error;
}
