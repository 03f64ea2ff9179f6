import { type EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** A test waits so long for one thing, in ms, unless it says otherwise: seconds, on a machine that has other work too. */
const PATIENCE = 30_000;
/** Between looks at what nothing tells of, in ms. */
const LOOK = 20;
/** So much of what a process has said last is shown. */
const SHOWN = 3_000;

const processes = new Map<object, () => string>();

/**
 * Has what a process says shown wherever a test waits in vain.
 * @param said its name and its last words
 * @returns takes it back
 */
export function shownInVain(said: () => string): () => void {
  const key = {};
  processes.set(key, said);
  return () => processes.delete(key);
}

/**
 * Awaits something, for seconds.
 * @param what is awaited
 * @throws Error with that and with what the processes have said
 */
export async function within<T>(what: string, awaited: Promise<T>, patience = PATIENCE): Promise<T> {
  const timer = new AbortController();
  const late = sleep(patience, undefined, { signal: timer.signal }).then(() => {
    throw inVain(what, patience);
  });
  late.catch(() => undefined); // called off below
  return Promise.race([awaited, late]).finally(() => timer.abort());
}

/** Awaits an event, for seconds. Returns what comes with it. */
export function nextEvent(source: EventEmitter, event: string): ReturnType<typeof once> {
  return within(`${source.constructor.name}: ${event}`, once(source, event));
}

/** Waits until a look at each event of a kind finds something; what is there already counts. */
export async function found<T>(
  what: string,
  source: EventEmitter,
  event: string,
  look: () => T | undefined,
  patience = PATIENCE,
): Promise<T> {
  let stop: () => void = () => undefined;
  const awaited = new Promise<T>((resolve, reject) => {
    const again = () => {
      try {
        const seen = look();
        if (seen !== undefined) resolve(seen);
      } catch (error) {
        reject(error);
      }
    };
    source.on(event, again);
    stop = () => source.off(event, again);
    again();
  });
  return within(what, awaited, patience).finally(stop);
}

/** Waits for what nothing tells of: asks again and again. @param instead says what is there where it was in vain */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience = PATIENCE,
  instead: () => string = () => '',
): Promise<void> {
  for (const end = performance.now() + patience; !(await condition()); await sleep(LOOK)) {
    if (performance.now() > end) throw inVain(`${what}${instead()}`, patience);
  }
}

function inVain(what: string, patience: number): Error {
  const said = [...processes.values()].map(tell => tell().slice(-SHOWN));
  return new Error([`waited ${patience / 1000} s in vain: ${what}`, ...said].join('\n'));
}
