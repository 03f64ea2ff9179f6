import { type Finding, findingsOn } from '../finding.js';
import { normalName } from './view.js';
import { asMap, type YamlMap } from './yaml.js';

const { error } = findingsOn('ejabberd');

/**
 * Is respool's name dealt to several components? It is one, and ejabberd would drop or refuse.
 * @param doubted what becomes of a finding that any connection would deny
 */
export function reviewBalancing(
  domain: string,
  options: YamlMap,
  doubted: (finding: Finding) => Finding = finding => finding,
): Finding[] {
  const found = [...asMap(options.get('domain_balancing'))].find(([name]) => normalName(name) === domain);
  if (found === undefined) return [];
  const number = asMap(found[1]).get('component_number');
  const remedy = `remove ${domain} from domain_balancing`;
  if (number === undefined) {
    return [
      doubted(
        error(`domain_balancing has ${domain}, without component_number`, {
          means: 'ejabberd ends the connection as soon as respool has said who it is',
          remedy,
        }),
      ),
    ];
  }
  return [
    error(`domain_balancing deals what is for ${domain} to ${number} components (component_number)`, {
      means:
        'ejabberd sends all copies to one of these places; if respool has another place, they are dropped',
      remedy,
    }),
  ];
}
