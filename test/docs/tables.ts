import { unitText } from '../../src/cli/init/unit.js';
import { isLive } from '../../src/config/changes.js';
import { variableOf } from '../../src/config/environment.js';
import { briefly } from '../../src/config/key.js';
import { KEYS } from '../../src/config/schema.js';
import { METRICS } from '../../src/monitor/metrics.js';
import { rulesText } from '../../src/monitor/rules.js';
import type { Meaning } from '../../src/rules/rule.js';
import { TABLE, UNKEPT_TYPES } from '../../src/rules/table.js';

/** What the lines of the rules mean, for readers. */
const MEANINGS: Readonly<Record<Meaning, string>> = {
  nothing: 'with nothing else in the message, nobody is owed it',
  never: 'nobody is owed it',
  refuse: 'nobody is owed it',
  store: 'it is kept, whatever else is in it',
  expire: 'it is kept until then',
  call: 'it is kept for a minute, and its end counts as no loss; to a device: for that device only; with a body it is kept as any message',
  device: 'to a device: for that one alone',
  unshared: "the writer's other devices are not owed it",
  private: "to a device: for that one alone; the writer's other devices are not owed it",
  refers:
    'it comes after the message that it is about; where a device has got it first, it is sent once more after that',
  replaces:
    'it comes after the message that it is about; where a device has got it first, it is not sent that message any more',
};

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
  { name: 'rules', file: 'src/manual/queue.md', text: rulesTable() },
  { name: 'alerting', file: 'src/manual/metrics.md', text: `\`\`\`yaml\n${rulesText()}\`\`\`\n` },
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

function rulesTable(): string {
  const types = Object.entries(UNKEPT_TYPES).map(
    ([type, why]) => `| type \`${type}\` | RFC 6121, 5.2.2 | nobody is owed it | ${why} |\n`,
  );
  const rows = TABLE.map(({ what, by, means, why }) => `| ${what} | ${by} | ${MEANINGS[means]} | ${why} |\n`);
  const rest =
    '| anything else, words or not | | the account and all of its devices are owed it | it says something |\n';
  return [
    '| a message, or what is in it | by | what becomes of it | why |\n',
    '|---|---|---|---|\n',
    ...types,
    ...rows,
    rest,
  ].join('');
}

function unitBlock(): string {
  const launcher = '/usr/local/bin/respool';
  const text = unitText({
    node: '/usr/bin/node',
    launcher,
    config: '/etc/respool/respool.yml',
    notifies: true,
  });
  return `\`\`\`ini\n${text}\`\`\`\n`;
}

/** What stands between the marks of a part, for a replacement. */
export function between(name: string): RegExp {
  return new RegExp(
    `(?<=<!-- ${name}: made by test/docs/update.ts -->\n).*?(?=<!-- end of ${name} -->)`,
    's',
  );
}
