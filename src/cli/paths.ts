import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** bin/respool, which people and supervisors call: it finds a Node. */
export const LAUNCHER = at('../../../bin/respool');

/** What the launcher has Node run: for who has found a Node already. */
export const ENTRY = at('../respool.js');

/** The topics of `respool help`, as Markdown. */
export const MANUAL = at('../../../src/manual');
