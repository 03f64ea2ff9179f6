import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/units.js';

const LONGEST = 600_000;
/** How long answers are waited for, unless told otherwise, in ms. */
const WAIT = 10_000;

/** How long a command waits for the answers of devices. */
export function waitOption(): Option {
  return new Option('--wait <duration>', 'how long to wait for the answers')
    .argParser(readWait)
    .default(WAIT, '10s');
}

/** Reads how long to wait, in ms. @throws InvalidArgumentError */
export function readWait(text: string): number {
  const wait = parseDuration(text);
  if (wait === undefined || wait > LONGEST) {
    throw new InvalidArgumentError('It has to be a duration of 10m at most, such as 3s.');
  }
  return wait;
}
