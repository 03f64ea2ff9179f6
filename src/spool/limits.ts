import type { DeviceLimits } from './devices.js';
import type { HistoryLimits } from './history/history-log.js';
import type { QuotaLimits } from './quotas.js';
import type { RoomLimits } from './rooms.js';

export interface SpoolLimits extends QuotaLimits {
  /** Bytes of the database in use; see Ceiling for what goes first. */
  maxSize: number;
  devices: DeviceLimits & { /** Are devices owed what others of their account got? */ sync: boolean };
  rooms: RoomLimits;
  /** Of what became of messages; null: nothing of it is kept. */
  history: HistoryLimits | null;
}
