import { styleText } from 'node:util';

/** A terminal that somebody reads. */
export interface Terminal {
  columns: number;
  colours: boolean;
  /** It shows more than ASCII. */
  unicode: boolean;
}

/** @returns the terminal on stdout, null where the output goes to a file or a program */
export function terminal(
  stream: { isTTY?: boolean; columns?: number } = process.stdout,
  env: NodeJS.ProcessEnv = process.env,
): Terminal | null {
  if (!stream.isTTY) return null;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return {
    columns: stream.columns ?? 80,
    colours: !env.NO_COLOR && env.TERM !== 'dumb', // https://no-color.org
    unicode: /utf-?8/i.test(locale),
  };
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** @returns the text in a style where there is a terminal with colours, else as it is */
export function styled(style: Style, text: string, on: Terminal | null): string {
  // validateStream: whether there are colours has been decided, for Node would look at another stream
  return on?.colours ? styleText(style, text, { validateStream: false }) : text;
}
