/** Where an operator reads what happens: one line for each event worth knowing, never a message body or a secret. */
export interface Log {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** Writes to stderr, with the time (XEP-0082) in front unless a journal adds its own. */
export function stderrLog(env: NodeJS.ProcessEnv = process.env): Log {
  const underJournal = env.JOURNAL_STREAM !== undefined;
  const write = (level: 'info' | 'warn' | 'error', line: string) => {
    const priority = { info: '<6>', warn: '<4>', error: '<3>' }[level];
    const start = underJournal ? priority : `${new Date().toISOString()} `;
    const words = level === 'info' ? '' : level === 'warn' ? 'warning: ' : 'error: ';
    process.stderr.write(`${start}${words}${line}\n`);
  };
  return {
    info: line => write('info', line),
    warn: line => write('warn', line),
    error: line => write('error', line),
  };
}
