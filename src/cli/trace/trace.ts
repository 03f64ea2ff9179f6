import type { SpoolConfig } from '../../control/reach.js';
import { Lives } from '../../spool/history/lives.js';
import { reachOf } from '../../spool/history/reading.js';
import { search } from '../../spool/history/search.js';
import { historyFolder, segmentsIn } from '../../spool/history/segments.js';
import { SpoolReader } from '../../spool/spool-reader.js';
import { bareOf } from '../../xmpp/jid.js';
import { moment } from '../format.js';
import type { Output } from '../output.js';
import { terminal } from '../terminal.js';
import { asJson, asText, type TracedLife } from './render.js';
import { searchFor, type Traced } from './traced.js';

export interface TraceQuestion {
  config: SpoolConfig;
  traced: Traced;
  /** So many messages, the latest. */
  limit: number;
  json: boolean;
}

/**
 * Prints what became of messages.
 * @returns the exit code: 1 where the history knows nothing of any
 */
export async function trace({ config, traced, limit, json }: TraceQuestion, out: Output): Promise<number> {
  const { path } = config.spool;
  const { since = 0 } = traced;
  const all = segmentsIn(historyFolder(path));
  const reach = await reachOf(all);
  const lives = new Lives(limit);
  // a file whose last line is older has nothing of it
  const segments = all.filter(({ changedAt }) => changedAt >= since - CLOCKS);
  let damaged = 0;
  for await (const line of search(segments, searchFor(traced), () => damaged++)) lives.add(line);
  const found = withPendings(path, lives);
  const shown = found.map(life => partOf(life, traced)).filter(life => isOfDevice(life, traced));
  if (json) await out.line(JSON.stringify(shown.map(asJson), null, 2));
  else for (const life of shown) await out.line(asText(life, terminal()));
  for (const note of notes(config, traced, { reach, omitted: lives.omitted, count: shown.length, damaged }))
    process.stderr.write(`respool: ${note}\n`);
  return shown.length > 0 ? 0 : 1;
}

/** The date of a file may be older than its last line by so much, in ms. */
const CLOCKS = 60_000;

function withPendings(path: string, lives: Lives): TracedLife[] {
  const reader = SpoolReader.open(path);
  try {
    return lives.all().map(life => ({ ...life, pendings: [...reader.pendings({ id: life.id })] }));
  } finally {
    reader.close();
  }
}

/**
 * The steps of the message as a whole, and of the account or device that is asked for. A message of a room has steps of
 * many others.
 */
function partOf(life: TracedLife, { account: whose, device }: Traced): TracedLife {
  const isOfRoom = life.stored !== null && life.stored.account === null;
  if (whose === undefined || (device === undefined && !isOfRoom)) return life;
  const isTheirs = (jid: string) => (device === undefined ? bareOf(jid) === whose : jid === device);
  const steps = life.steps.filter(({ jid }) => jid === null || isTheirs(jid));
  const pendings = life.pendings.filter(({ account, resource }) => isTheirs(`${account}/${resource ?? ''}`));
  return { ...life, steps, pendings };
}

/** Has it anything to do with the device that is asked for? */
function isOfDevice({ steps, pendings }: TracedLife, { device }: Traced): boolean {
  return device === undefined || pendings.length > 0 || steps.some(({ jid }) => jid === device);
}

interface Outcome {
  reach: number | null;
  omitted: number;
  count: number;
  /** Files of which the rest cannot be read. */
  damaged: number;
}

function notes(
  { history }: SpoolConfig,
  { since }: Traced,
  { reach, omitted, count, damaged }: Outcome,
): string[] {
  if (reach === null) {
    const why =
      history === null ? 'history: false in the config' : 'nothing has been written since it was turned on';
    return [`there is no history (${why}); respool queue list shows what is pending`];
  }
  const isAllSeen = since !== undefined && since >= reach;
  return [
    ...(omitted > 0 ? [`${omitted} earlier messages are not shown (--limit)`] : []),
    ...(damaged > 0 ? [`${damaged} files of the history are damaged: something may be missing`] : []),
    ...(count === 0 ? ['the history has no such message'] : []),
    ...(isAllSeen ? [] : [`the history reaches back to ${moment(reach)}`]),
  ];
}
