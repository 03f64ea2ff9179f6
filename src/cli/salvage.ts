import { closeSync, existsSync, rmSync } from 'node:fs';
import { isInUse } from '../spool/lock.js';
import { type Salvaged, salvage } from '../spool/salvage.js';
import { openTarget } from './new-file.js';
import type { Output } from './output.js';
import { Table } from './table.js';
import { terminal } from './terminal.js';
import { UsageError } from './usage.js';

export interface SalvageQuestion {
  damaged: string;
  file: string;
  json: boolean;
}

/** What the tables hold, for whoever reads it. */
const NAMES: Readonly<Record<string, string>> = {
  account: 'accounts',
  device: 'devices',
  message: 'messages of users',
  room: 'rooms',
  room_member: 'devices in rooms',
  room_proved: 'proofs in rooms',
  room_message: 'messages of rooms',
  room_gap: 'gaps of rooms',
  remote_message: 'messages to other servers',
  undelivered: 'undelivered lines',
  refusal: 'reasons of refusals',
  on_hold: 'holds',
  counter: 'counters',
  flow: 'deliveries by the minute',
};

/**
 * Reads what can be read out of a damaged spool into a new file, and says how much that was.
 * @returns the exit code: 1 where nothing was saved that is owed to anybody
 */
export async function salvageSpool({ damaged, file, json }: SalvageQuestion, out: Output): Promise<number> {
  if (!existsSync(damaged)) throw new UsageError(`there is no ${damaged}; name the damaged file of a spool`);
  if (isInUse(damaged)) throw new Error(`a daemon has ${damaged} at present; stop it first`);
  const target = openTarget(file);
  if (target === null) throw new UsageError('what is saved goes to a new file, which is a spool; name one');
  closeSync(target.fd);
  let salvaged: Salvaged[];
  try {
    const folder = `${file}.salvage-${process.pid}`;
    const isShown = terminal(process.stderr) !== null;
    salvaged = salvage({ damaged, file, folder }, table => {
      if (isShown) process.stderr.write(`\r\u001b[Kreading ${NAMES[table] ?? table}`);
    });
    if (isShown) process.stderr.write('\r\u001b[K');
  } catch (error) {
    for (const rest of ['', '-journal', '-wal', '-shm']) rmSync(`${file}${rest}`, { force: true });
    throw error;
  }
  if (json) await out.line(JSON.stringify(asJson(file, salvaged), null, 2));
  else await out.write(asText(damaged, file, salvaged));
  return salvaged.some(({ saved }) => saved > 0) ? 0 : 1;
}

function asJson(file: string, salvaged: readonly Salvaged[]) {
  return {
    file,
    tables: salvaged.map(({ table, saved, lost }) => ({ table, what: NAMES[table] ?? table, saved, lost })),
  };
}

function asText(damaged: string, file: string, salvaged: readonly Salvaged[]): string {
  const table = new Table([
    { title: 'OF' },
    { title: 'SAVED', align: 'right' },
    { title: 'LOST', align: 'right' },
  ]);
  const rows = salvaged
    .filter(({ saved, lost }) => saved > 0 || lost !== 0)
    .map(({ table: name, saved, lost }) => [
      NAMES[name] ?? name,
      String(saved),
      lost === null ? 'unknown' : String(lost),
    ]);
  return (
    `${table.lines(rows)}${damaged} is as it was; what could be saved of it is in ${file}. To use it, move ${damaged}\n` +
    `and its -wal and -shm files away, put ${file} in its place, and start respool.\n`
  );
}
