/** What is to be undone when this process ends, however that comes about (SIGKILL excepted). */
const undone = new Set<() => void>();
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
let watching = false;

/**
 * Has something done, at once and synchronously, when the process ends: by itself, by an error or by a signal.
 * @returns takes it back
 */
export function onExit(undo: () => void): () => void {
  if (!watching) {
    watching = true;
    process.on('exit', () => {
      for (const action of undone) action();
    });
    for (const [signal, code] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(code));
  }
  undone.add(undo);
  return () => undone.delete(undo);
}
