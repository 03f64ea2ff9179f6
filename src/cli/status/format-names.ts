/** For whom a status is written. In a file of its own: the command line needs the names before it needs a status. */
export const STATUS_FORMATS = ['text', 'json', 'nagios', 'prometheus'] as const;
export type StatusFormat = (typeof STATUS_FORMATS)[number];
