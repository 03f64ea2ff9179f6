/** `skipped`: it was not looked at, and the text says why. */
export type Level = 'ok' | 'skipped' | 'warning' | 'error';

/** What was looked at. */
export type Subject =
  | 'config'
  | 'spool'
  | 'connection'
  | 'standby'
  | 'sending'
  | 'vhosts'
  | 'version'
  | 'copies'
  | 'sources'
  | 'ejabberd'
  | 'login'
  | 'alerts'
  | 'unit'
  | 'http'
  | 'dns';

/** One thing that was looked at. */
export interface Finding {
  check: Subject;
  level: Level;
  /** What is so. */
  text: string;
  /** What it means for messages. */
  means?: string;
  /** What to do. */
  remedy?: string;
}

/** What an operator needs to know beside what is so. */
export type Advice = Pick<Finding, 'means' | 'remedy'>;

/** Makes the findings of one part of the check. */
export function findingsOn(check: Subject) {
  const make =
    (level: Level) =>
    (text: string, advice: Advice = {}): Finding => ({ check, level, text, ...advice });
  return { ok: make('ok'), skipped: make('skipped'), warning: make('warning'), error: make('error') };
}
