export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export const LOG_FORMATS = ['text', 'json'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

/** How the log is written. */
export interface LogSettings {
  /** What is less than this is left out. */
  level: LogLevel;
  format: LogFormat;
}
