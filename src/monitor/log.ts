import { fstatSync } from 'node:fs';
import type { LogLevel, LogSettings } from '../config/log-settings.js';
import { writeStamp } from '../xmpp/stamp.js';
import { harmless } from './harmless.js';

/** What a line says, for programs: names, numbers and texts, never a message body or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where an operator reads what happens: one line for each event worth knowing, never a message body or a secret. */
export interface Log {
  /** What is worth knowing only while something is looked for. */
  debug(line: string, fields?: LogFields): void;
  info(line: string, fields?: LogFields): void;
  warn(line: string, fields?: LogFields): void;
  error(line: string, fields?: LogFields): void;
}

/** A log whose level and form can change while it is written. */
export interface SettableLog extends Log {
  set(settings: LogSettings): void;
}

/** From the most serious to the most detailed. */
const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
/** Of syslog, as the journal takes them (sd-daemon(3)). */
const PRIORITY: Readonly<Record<LogLevel, string>> = {
  error: '<3>',
  warn: '<4>',
  info: '<6>',
  debug: '<7>',
};
const WORDS: Readonly<Record<LogLevel, string>> = {
  error: 'error: ',
  warn: 'warning: ',
  info: '',
  debug: 'debug: ',
};

/** What is to be written. */
export interface Entry {
  level: LogLevel;
  line: string;
  fields: LogFields;
  /** In ms since 1970. */
  at: number;
}

/**
 * Writes a line of the log, without its end. In the journal, which has the time itself, its priority is in front.
 * @returns null where the level is not wanted
 */
export function writtenAs(
  entry: Entry,
  { level: wanted, format }: LogSettings,
  inJournal: boolean,
): string | null {
  const { level, line, fields, at } = entry;
  if (LEVELS.indexOf(level) > LEVELS.indexOf(wanted)) return null;
  const priority = inJournal ? PRIORITY[level] : '';
  if (format === 'json') return priority + asJson({ time: writeStamp(at), level, message: line, ...fields });
  return `${inJournal ? priority : `${writeStamp(at)} `}${WORDS[level]}${harmless(line)}`;
}

/** Writes to stderr, at level info as text until it is told otherwise. */
export function stderrLog(env: NodeJS.ProcessEnv = process.env): SettableLog {
  const inJournal = isJournal(env.JOURNAL_STREAM);
  let settings: LogSettings = { level: 'info', format: 'text' };
  const write = (level: LogLevel, line: string, fields: LogFields = {}) => {
    const text = writtenAs({ level, line, fields, at: Date.now() }, settings, inJournal);
    if (text !== null) process.stderr.write(`${text}\n`);
  };
  return {
    set(changed) {
      settings = changed;
    },
    debug: (line, fields) => write('debug', line, fields),
    info: (line, fields) => write('info', line, fields),
    warn: (line, fields) => write('warn', line, fields),
    error: (line, fields) => write('error', line, fields),
  };
}

/** Is stderr the journal itself? The variable is inherited by who has another stderr too (systemd.exec(5)). */
export function isJournal(stream: string | undefined, fd = 2): boolean {
  if (!stream) return false;
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return stream === `${dev}:${ino}`;
}

/** JSON on one line, in which what would do something in a terminal is escaped. */
function asJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, character =>
    character
      .split('')
      .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
