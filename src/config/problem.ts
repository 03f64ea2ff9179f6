/** One thing that is wrong in a config file, or in a variable of the environment. */
export interface Problem {
  /** From 1; null where no place in the file is to blame. */
  line: number | null;
  column: number | null;
  /** The environment variable to blame instead of the file. */
  variable?: string;
  /** The full name of the key, '' where none is to blame. */
  key: string;
  /** What is wrong, what is allowed and what to do. */
  what: string;
}

/** The config cannot be used; the message names every problem, one a line. */
export class ConfigError extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems.map(problem => describe(file, problem)).join('\n'));
  }
}

function describe(file: string, { line, column, variable, key, what }: Problem): string {
  if (variable !== undefined) return `environment variable ${variable}: ${what}`;
  const place = line === null ? file : `${file}, line ${line}, column ${column}`;
  return key === '' ? `${place}: ${what}` : `${place}: ${key}: ${what}`;
}
