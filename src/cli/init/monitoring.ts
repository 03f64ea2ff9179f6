import { resolve } from 'node:path';
import { dashboard } from '../../monitor/dashboard.js';
import { rulesText } from '../../monitor/rules.js';
import type { Output } from '../output.js';
import { UsageError } from '../usage.js';
import { writeNew } from './write.js';

/** Where a text goes: true is stdout, undefined nowhere. */
type Where = string | true | undefined;

export interface MonitoringOptions {
  grafana: Where;
  prometheusRules: Where;
  /** Options are given that a new config has. */
  others: boolean;
  force: boolean;
}

/**
 * Prints, or writes, what Grafana and Prometheus take.
 * @throws UsageError, WriteError
 */
export async function initMonitoring(options: MonitoringOptions, out: Output): Promise<void> {
  const { grafana, prometheusRules, others, force } = options;
  if (others) throw new UsageError('--grafana and --prometheus-rules go without what makes a new config');
  if (grafana === true && prometheusRules === true) {
    throw new UsageError(
      'two texts cannot be printed at once; name a file for one of them, or call it twice',
    );
  }
  const texts: [option: string, where: Where, text: () => string][] = [
    ['--grafana', grafana, () => `${JSON.stringify(dashboard(), null, 2)}\n`],
    ['--prometheus-rules', prometheusRules, () => rulesText()],
  ];
  const isPrinted = texts.some(([, where]) => where === true);
  for (const [option, where, text] of texts) {
    if (typeof where !== 'string') continue;
    writeNew({ path: resolve(where), text: text(), mode: 0o644, force, option });
    const said = `${resolve(where)} is written.\n`;
    if (isPrinted)
      process.stderr.write(said); // what is printed is for a file too
    else await out.write(said);
  }
  for (const [, where, text] of texts) if (where === true) await out.write(text());
}
