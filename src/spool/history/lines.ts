/**
 * What may happen to a message beside what EVENT_KINDS of the journal has. `replaced`: the session was handed its
 * correction or retraction in its place.
 */
export type HandlingKind = 'handed' | 'replaced' | 'lost' | 'cleared';
/** What happens to a session, or to all: respool has started, or lost its connection, and believes in none any more. */
export type SessionKind = 'came' | 'asked' | 'answered' | 'left' | 'started' | 'disconnected';

/** A message was put into the spool. Times in ms since 1970. */
export interface Stored {
  readonly is: 'stored';
  readonly id: number;
  readonly at: number;
  /** To whom it is owed; null: to who belongs to the room. */
  readonly account: string | null;
  readonly from: string;
  readonly to: string;
  readonly type: string;
  readonly stanzaId: string | null;
}

/** Something happened to a message. */
export interface Happening {
  readonly is: 'happening';
  readonly id: number;
  readonly at: number;
  /** One of EVENT_KINDS, or a HandlingKind; read from a file, it is whatever stands there. */
  readonly kind: string;
  /** The session's full JID; null: it happened to the message as a whole. */
  readonly jid: string | null;
  /** Who had delivered what was proved. */
  readonly by: 'ejabberd' | 'respool' | null;
}

/** Something happened to a session. */
export interface OfSession {
  readonly is: 'session';
  readonly at: number;
  readonly kind: SessionKind;
  /** Its full JID; null: all of them. */
  readonly jid: string | null;
}

export type Line = Stored | Happening | OfSession;

/** Letters with which lines begin, so that a search passes over most without reading them. */
export const LETTER = { stored: 'M', happening: 'H', session: 'S' } as const;

/**
 * One line of text, such as `M17 [1795963598067,"bob@example.org","alice@example.org/pc","bob@example.org","chat","m1"]`:
 * a letter, of a message its number, and the rest as JSON.
 */
export function asLine(line: Line): string {
  switch (line.is) {
    case 'stored': {
      const { id, at, account, from, to, type, stanzaId } = line;
      return `M${id} [${at},${quote(account)},${quote(from)},${quote(to)},${quote(type)},${quote(stanzaId)}]\n`;
    }
    case 'happening':
      return `H${line.id} [${line.at},"${line.kind}",${quote(line.jid)},${quote(line.by)}]\n`;
    case 'session':
      return `S [${line.at},"${line.kind}",${quote(line.jid)}]\n`;
  }
}

/** Reads a line without its end; null where it is none, as when the disk was full. */
export function readLine(text: string): Line | null {
  const space = text.indexOf(' ');
  const id = Number(text.slice(1, space));
  let values: unknown;
  try {
    values = JSON.parse(text.slice(space + 1));
  } catch {
    return null;
  }
  if (space < 1 || !Array.isArray(values)) return null;
  switch (text[0]) {
    case LETTER.stored: {
      const [at, account, from, to, type, stanzaId] = values;
      return { is: 'stored', id, at, account, from, to, type, stanzaId };
    }
    case LETTER.happening: {
      const [at, kind, jid, by] = values;
      return { is: 'happening', id, at, kind, jid, by };
    }
    case LETTER.session: {
      const [at, kind, jid] = values;
      return { is: 'session', at, kind, jid };
    }
    default:
      return null;
  }
}

/** Most names are of ASCII without quotes, and to see that is quicker than to write JSON. */
const ESCAPED = /[^ !#-[\]-~]/;

function quote(text: string | null): string {
  return text === null || ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}
