import { readFileSync } from 'node:fs';

/**
 * Loaded into respool's process before anything else (node --import): makes its clock of the day steppable, as a wrong
 * NTP server or an operator does. On SIGUSR2 it is off by as many ms as the file says.
 */
const file = process.env.RESPOOL_TEST_CLOCK ?? '';
const now = Date.now.bind(Date);
const read = () => {
  const offset = Number(readFileSync(file, 'utf8'));
  Date.now = () => now() + offset;
};
process.on('SIGUSR2', read);
read();
