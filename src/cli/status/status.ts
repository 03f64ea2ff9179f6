import type { ReadingConfig } from '../../config/load.js';
import { ConfigError } from '../../config/problem.js';
import { harmless } from '../../monitor/harmless.js';
import type { Output } from '../output.js';
import { terminal } from '../terminal.js';
import type { StatusFormat } from './format-names.js';
import { statusJson, statusNagios, statusPrometheus } from './formats.js';
import { CODES, judge } from './judge.js';
import { look } from './look.js';
import { statusText } from './text.js';

/**
 * Prints how respool stands.
 * @param readable reads the config as far as it is right
 * @returns the exit code of a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 nothing can be known
 */
export async function status(
  readable: () => Promise<{ config: ReadingConfig; wrong: readonly string[] }>,
  format: StatusFormat,
  out: Output,
): Promise<number> {
  let loaded: Awaited<ReturnType<typeof readable>>;
  try {
    loaded = await readable();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    await out.write(await withoutConfig(error.message, format));
    return CODES.unknown;
  }
  const seen = { ...(await look(loaded.config)), wrong: loaded.wrong };
  const verdict = judge(seen);
  switch (format) {
    case 'text':
      await out.write(statusText(seen, verdict, terminal()));
      break;
    case 'json':
      await out.line(JSON.stringify(statusJson(seen, verdict), null, 2));
      break;
    case 'nagios':
      await out.write(statusNagios(seen, verdict));
      break;
    case 'prometheus':
      await out.write(await statusPrometheus(seen, verdict));
  }
  return CODES[verdict.state];
}

/** What there is to say where it is not even known which respool is meant. */
async function withoutConfig(message: string, format: StatusFormat): Promise<string> {
  const [first = '', ...rest] = harmless(message.replaceAll('|', '/').replaceAll('\n', '\u2028')).split(
    '\\u{2028}',
  );
  switch (format) {
    case 'text':
      return `unknown: ${[first, ...rest].join('\n')}\n`;
    case 'json':
      return `${JSON.stringify({ status: 'unknown', code: CODES.unknown, error: message }, null, 2)}\n`;
    case 'nagios':
      return `RESPOOL UNKNOWN - ${[first, ...rest].join('\n')}\n`;
    case 'prometheus':
      return `# ${[first, ...rest].join('\n# ')}\nrespool_status ${CODES.unknown}\n`;
  }
}
