import type { Status } from '../status.js';
import { notices, show, stale } from './show.js';
import { clock } from './words.js';

/** Between two questions, in ms. */
const EVERY = 5_000;
/** An answer takes no longer. */
const PATIENCE = 10_000;

let timer: ReturnType<typeof setTimeout> | undefined;
let isAsking = false;
/** When the last answer was true. */
let shownAt: number | null = null;
let silentSince: number | null = null;
let version: string | null = null;

async function ask(): Promise<Status> {
  const answer = await fetch('page/status.json', {
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!answer.ok) throw new Error(`it answers ${answer.status}`);
  return answer.json();
}

async function update(): Promise<void> {
  clearTimeout(timer);
  if (isAsking) return;
  isAsking = true;
  try {
    const status = await ask();
    version ??= status.version;
    if (version !== status.version) return location.reload(); // so that page and answers fit together
    silentSince = null;
    shownAt = status.at;
    notices(show(status));
    stale(false);
  } catch (error) {
    silentSince ??= Date.now();
    const shown = shownAt === null ? '' : ` What is shown is as of ${clock(shownAt)}.`;
    const why = error instanceof Error ? error.message : String(error);
    notices([
      [
        'bad',
        `respool has not answered since ${clock(silentSince)} (${why}).${shown} It is asked again every ${EVERY / 1000} s.`,
      ],
    ]);
    stale(true);
  }
  isAsking = false;
  if (document.visibilityState === 'visible') timer = setTimeout(update, EVERY);
}

// nobody is asked for what nobody sees
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') void update();
  else clearTimeout(timer);
});
void update();
