import { unitText } from '../../src/cli/init/unit.js';
import { isLive } from '../../src/config/changes.js';
import { variableOf } from '../../src/config/environment.js';
import { briefly, KEYS } from '../../src/config/schema.js';
import { METRICS } from '../../src/monitor/metrics.js';

/** A part of the documentation that is made from the code. */
export interface MadePart {
  /** Of its marks. */
  name: string;
  /** The file that it stands in, from the project's folder. */
  file: string;
  text: string;
}

export const PARTS: readonly MadePart[] = [
  { name: 'config', file: 'src/manual/config.md', text: configTable() },
  { name: 'unit', file: 'src/manual/config.md', text: unitBlock() },
  { name: 'metrics', file: 'src/manual/metrics.md', text: metricsTable() },
];

function configTable(): string {
  const rows = [...KEYS].map(([key, doc]) => {
    const { fallback, meaning } = doc;
    const value = fallback === null ? '' : `\`${fallback}\``;
    const taken = isLive(key) ? 'SIGHUP' : 'restart';
    return `| \`${key}\` | ${value} | ${meaning} | ${briefly(doc)} | \`${variableOf(key)}\` | ${taken} |\n`;
  });
  const head = '| key | default | meaning | allowed | in the environment | a change takes a |\n';
  return [head, '|---|---|---|---|---|---|\n', ...rows].join('');
}

function metricsTable(): string {
  const rows = METRICS.map(({ name, type, label, help }) => {
    const labelled = label === undefined ? name : `${name}{${label}}`;
    return `| \`${labelled}\` | ${type} | ${help} |\n`;
  });
  return ['| metric | type | meaning |\n', '|---|---|---|\n', ...rows].join('');
}

function unitBlock(): string {
  const launcher = '/usr/local/bin/respool';
  const text = unitText({ node: '/usr/bin/node', launcher, config: '/etc/respool/respool.yml' });
  return `\`\`\`ini\n${text}\`\`\`\n`;
}

/** What stands between the marks of a part, for a replacement. */
export function between(name: string): RegExp {
  return new RegExp(
    `(?<=<!-- ${name}: made by test/docs/update.ts -->\n).*?(?=<!-- end of ${name} -->)`,
    's',
  );
}
