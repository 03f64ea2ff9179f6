import { onDaemon } from '../../control/reach.js';
import { EVENT_KINDS, type EventKind, type QueueEvent } from '../../spool/journal.js';
import { moment, printable, utc } from '../format.js';
import type { Output } from '../output.js';
import { styled, type Terminal, terminal } from '../terminal.js';

export interface TailQuestion {
  spoolPath: string;
  account: string | undefined;
  kinds: EventKind[] | undefined;
  json: boolean;
}

const LONGEST_KIND = Math.max(...EVENT_KINDS.map(kind => kind.length));
/** What nobody got. */
const LOST: readonly EventKind[] = ['refused', 'expired', 'evicted', 'dropped'];

/** Prints what happens to messages, from now on until it is interrupted. */
export async function queueTail(
  { spoolPath, account, kinds, json }: TailQuestion,
  out: Output,
): Promise<void> {
  await onDaemon(spoolPath, async daemon => {
    let interrupted = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupted = true;
        daemon.close();
      });
    }
    const on = terminal();
    try {
      for await (const told of daemon.follow('tail', { account: account ?? null, kinds: kinds ?? null })) {
        if (told === null) process.stderr.write('respool: following; Ctrl-C ends it\n');
        else if ('missed' in told) await out.line(missed(told.missed, json));
        else if ('missed' in told.item) await out.line(missed(told.item.missed, json));
        else await out.line(json ? JSON.stringify(asJson(told.item)) : asLine(told.item, on));
      }
    } catch (error) {
      if (!interrupted) throw error;
    }
  });
}

function missed(count: number, json: boolean): string {
  if (json) return JSON.stringify({ missed: count });
  return `… ${count} ${count === 1 ? 'event was' : 'events were'} left out: more came than could be read in time`;
}

function asJson(event: QueueEvent) {
  const { at, kind, id, account, device, from, to, type, stanzaId, by } = event;
  return { at: utc(at), event: kind, id, account, device, from, to, type, stanza_id: stanzaId, by };
}

/** On a terminal a line is one line, and the day is known. */
function asLine(
  { at, kind, id, account, device, from, to, type, by }: QueueEvent,
  on: Terminal | null,
): string {
  const style = LOST.includes(kind) ? 'red' : kind === 'proved' ? 'green' : 'dim';
  const whom = account === null ? to : device === null ? account : `${account}/${device}`;
  const when = on === null ? moment(at) : moment(at).slice('2000-01-01T'.length);
  const how = by === null ? '' : `, by ${by}`;
  const what = `${id}  ${printable(whom)}, from ${printable(from)} (${printable(type)}${how})`;
  const room = (on?.columns ?? Number.POSITIVE_INFINITY) - when.length - LONGEST_KIND - 4;
  const shown = what.length > room ? `${what.slice(0, room - 1)}…` : what;
  return `${when}  ${styled(style, kind.padEnd(LONGEST_KIND), on)}  ${shown}`;
}
