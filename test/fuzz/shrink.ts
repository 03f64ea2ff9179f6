import type { Class } from './judge.js';
import { play } from './play.js';
import { type Do, type Event, type Script, TELLING } from './script.js';

/** Cuts events, and steps of logins, as long as the script still has a violation of this class. */
export async function shrink(script: Script, wanted: Class): Promise<Script> {
  const isStill = async (events: Event[]) =>
    (await play({ ...script, events })).violations.some(violation => violation.class === wanted);
  let { events } = script;
  for (let size = Math.ceil(events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = events.length - size; at > -size; at -= size) {
      const fewer = events.filter((_, index) => index < Math.max(0, at) || index >= at + size);
      if (await isStill(fewer)) events = fewer;
    }
  }
  for (const [index, event] of events.entries()) {
    if (event.is !== 'login' && event.is !== 'resume') continue;
    let { steps } = event.login;
    for (let at = steps.length - 1; at >= 0; at--) {
      if (TELLING.has(steps[at]?.what.do as Do['do'])) continue; // who says nothing is told from nobody
      const fewer = steps.filter((_, step) => step !== at);
      const changed = events.with(index, { ...event, login: { ...event.login, steps: fewer } });
      if (await isStill(changed)) [steps, events] = [fewer, changed];
    }
  }
  return { ...script, events };
}
