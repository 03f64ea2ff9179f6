import type { Config } from '../config/config.js';
import type { PageSettings } from './status-of.js';

/**
 * What the page shows of a config.
 * @param config with which respool has started
 * @param spool what has changed since, by a reload
 */
export function pageSettingsOf(config: Config, spool: Config['spool']): PageSettings {
  const { component, standby, alerts, http } = config;
  const { maxSize, maxPerAccount, maxAge } = spool;
  return {
    domain: component.domain,
    peer: standby.peer,
    names: http?.names ?? false,
    limits: { maxSize, maxPerAccount, maxAge },
    thresholds: alerts.thresholds,
  };
}
