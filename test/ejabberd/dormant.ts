import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The services of Debian's ejabberd, and of the Erlang that comes with it. */
const UNITS = ['ejabberd.service', 'epmd.service', 'epmd.socket'];
/** Where packages and people have units. */
const PLACES = ['etc/systemd/system', 'lib/systemd/system', 'usr/lib/systemd/system'];

/**
 * Masks the services of a package that is about to be installed: neither the installation nor a later boot starts them,
 * and Debian's scripts leave a mask that is not theirs. A service that is there already is somebody's, and stays as it is.
 * @returns the units that are masked now
 */
export function maskMissing(root = '/', units: readonly string[] = UNITS): string[] {
  const missing = units.filter(unit => !PLACES.some(place => existsSync(join(root, place, unit))));
  const [own = ''] = PLACES;
  mkdirSync(join(root, own), { recursive: true });
  for (const unit of missing) symlinkSync('/dev/null', join(root, own, unit));
  return missing;
}
