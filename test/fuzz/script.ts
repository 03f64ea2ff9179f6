import type { ServerSettings } from './server.js';

export interface Device {
  /** Full JID. */
  jid: string;
  /** How it answers pings. */
  answers: 'at once' | 'late' | 'never';
  priority: number;
  /** Its client joins it at each login. */
  room: string | null;
}

/** What a client does in a session. */
export type Do =
  | { do: 'presence'; priority: number; says?: string }
  /** The same presence once more. */
  | { do: 'again' }
  | { do: 'roster' | 'carbons' | 'archive' | 'disco' }
  /** history: so many messages of it at most, null: as many as the room gives. */
  | { do: 'join'; room: string; history: number | null }
  | { do: 'part'; room: string }
  /** It shows one account that it is away. */
  | { do: 'hides'; from: string }
  | { do: 'write'; token: number; to: string; hasId: boolean; lag: number };

/** What clients do at a login alone. */
export const TELLING: ReadonlySet<Do['do']> = new Set(['presence', 'roster', 'carbons']);

export interface Login {
  managed: boolean;
  /** With SASL2 and Bind2, which empties mod_offline. */
  purges: boolean;
  latency: number;
  steps: { gap: number; what: Do }[];
}

/** What happens at a moment, in ms. */
export type Event = { at: number } & (
  | { is: 'login' | 'resume'; device: string; login: Login }
  | { is: 'leave'; device: string; how: 'politely' | 'closes' | 'reset' | 'vanishes' }
  | { is: 'does'; device: string; what: Do }
  /** respool is not there for so long. */
  | { is: 'cut' | 'kill' | 'stop'; for: number }
);

export interface Script {
  seed: number;
  server: ServerSettings;
  /** How long respool's spool takes for an answer, in ms. */
  latency: number;
  devices: Device[];
  rooms: string[];
  events: Event[];
}

/** One line for each event, and what holds for all of them. */
export function describe({ seed, server, latency, devices, rooms, events }: Script): string {
  const lines = [
    `seed ${seed}; server ${JSON.stringify(server)}; the spool takes ${latency} ms`,
    ...devices.map(device => `device ${JSON.stringify(device)}`),
    ...rooms.map(room => `room ${room}`),
    ...events.map(({ at, ...event }) => `${String(at).padStart(9)} ms  ${eventLine(event as Event)}`),
  ];
  return lines.join('\n');
}

function eventLine(event: Event): string {
  switch (event.is) {
    case 'login':
    case 'resume': {
      const { managed, purges, latency, steps } = event.login;
      const kind = `${managed ? 'SM' : 'no SM'}${purges ? ', Bind2 purge' : ''}, line ${latency} ms`;
      return `${event.device} ${event.is}s (${kind}): ${steps.map(({ gap, what }) => `+${gap} ${doLine(what)}`).join(', ')}`;
    }
    case 'leave':
      return `${event.device} leaves: ${event.how}`;
    case 'does':
      return `${event.device} does ${doLine(event.what)}`;
    default:
      return `respool: ${event.is}, back after ${event.for} ms`;
  }
}

function doLine(what: Do): string {
  const { do: name, ...rest } = what;
  const details = Object.entries(rest).map(([key, value]) => `${key} ${value}`);
  return [name, ...details].join(' ');
}
