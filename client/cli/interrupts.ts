// Ctrl-C for commands that take a while: the first one ends the work in order, so that what was found so far is still said.

export type Interrupts = { readonly isInterrupted: () => boolean; readonly stop: () => void };

export function onceInterrupted(): Interrupts {
  let interrupted = false;
  const onSignal = (): void => {
    interrupted = true;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  return {
    isInterrupted: () => interrupted,
    stop: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
    },
  };
}
