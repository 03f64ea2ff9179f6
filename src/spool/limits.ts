import type { DeviceLimits } from './devices.js';
import type { QuotaLimits } from './quotas.js';
import type { RoomLimits } from './rooms.js';

export interface SpoolLimits extends QuotaLimits {
  /** Bytes of the database in use; see Ceiling for what goes first. */
  maxSize: number;
  devices: DeviceLimits & { /** Are devices owed what others of their account got? */ sync: boolean };
  rooms: RoomLimits;
}
