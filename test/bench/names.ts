/** The throw-away server that the benchmark plays. */
export const HOST = 'bench.test';
export const DOMAIN = `respool.${HOST}`;
export { SECRET } from '../ejabberd/server.js';
