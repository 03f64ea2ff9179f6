import { InvalidArgumentError } from 'commander';

/**
 * Reads a whole number of a command line, from 1.
 * @throws InvalidArgumentError where it is none
 */
export function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It has to be a whole number from 1.');
  return Number(text);
}
