import type { Vhost } from '../../xmpp/vhosts.js';
import { defectsOf } from './defects.js';
import { type Finding, findingsOn } from './finding.js';

/** Does ejabberd serve the vhosts, and with which version? */
export function checkVhosts(vhosts: readonly Vhost[]): Finding[] {
  const { ok, warning, error } = findingsOn('vhosts');
  const findings: Finding[] = [];
  for (const { name, served, reason } of vhosts) {
    if (served === false) {
      findings.push(
        error(`ejabberd does not serve ${name} (it says ${reason})`, {
          means: 'nothing that is done for this vhost can work',
          remedy: 'correct hosts: in the config of respool, or add the vhost to hosts: in ejabberd.yml',
        }),
      );
    } else if (served === null) {
      findings.push(
        warning(`nobody answered for ${name}`, {
          means: 'it is not known whether ejabberd serves it',
          remedy: 'check again; if it stays so, look whether ejabberd is well, and at hosts: in ejabberd.yml',
        }),
      );
    }
  }
  const served = vhosts.filter(vhost => vhost.served);
  if (served.length > 0) findings.unshift(ok(`ejabberd serves ${served.map(({ name }) => name).join(', ')}`));
  return [...findings, ...versions(served)];
}

function versions(served: readonly Vhost[]): Finding[] {
  const { ok, skipped, warning } = findingsOn('version');
  if (served.length === 0) return [];
  const told = new Set(served.flatMap(({ version }) => version ?? []));
  if (told.size === 0) {
    return [
      skipped(
        'the known defects of this ejabberd were not looked up: it does not tell its version (mod_version is off)',
      ),
    ];
  }
  return [...told].flatMap(version => {
    const defects = defectsOf(version).map(({ text, means, remedy }) =>
      warning(`${version}: ${text}`, { means, remedy }),
    );
    return defects.length > 0 ? defects : [ok(`${version}: no defect of this version alone is known`)];
  });
}
