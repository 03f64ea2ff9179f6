import { tries } from '../tries.js';
import { Outside } from './outside.js';

export const ZOE = 'zoe@beta.test';
export const ALICE = 'alice@alpha.test/pc';
/** More than are sent at a time, by far. */
export const COUNT = tries(10_000);
export const ids = (outside: Outside) => outside.sent.map(({ id }) => id);

export function alice(options?: ConstructorParameters<typeof Outside>[0]): Outside {
  const outside = new Outside(options);
  outside.login(ALICE);
  return outside;
}
