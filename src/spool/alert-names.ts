/** What may be worth telling, by the key of its threshold in the config; the spool keeps since when each is. */
export const ALERTS = ['pending', 'oldest', 'success_rate', 'disk_free', 'disconnected_for'] as const;
export type AlertName = (typeof ALERTS)[number];
