export type Level = 'ok' | 'warning' | 'error';

/** One thing that was looked at. */
export interface Finding {
  check: 'config' | 'spool' | 'connection' | 'sending' | 'copies' | 'alerts';
  level: Level;
  /** What is so; where that is bad, what to do. */
  text: string;
}

/** Makes the findings of one part of the check. */
export function findingsOn(check: Finding['check']) {
  const make =
    (level: Level) =>
    (text: string): Finding => ({ check, level, text });
  return { ok: make('ok'), warning: make('warning'), error: make('error') };
}
