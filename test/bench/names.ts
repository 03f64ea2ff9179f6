/** The throw-away server that the benchmark plays. */
export const HOST = 'bench.test';
export const DOMAIN = `respool.${HOST}`;
/** Of a second respool. */
export const OTHER = `respool-b.${HOST}`;
export { SECRET } from '../ejabberd/server.js';
