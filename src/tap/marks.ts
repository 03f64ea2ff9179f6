/** What a replay is known by when its copy comes back. */
export interface ReplayMarks {
  /** Its original sender, as it is written. */
  from: string | undefined;
  id: string | undefined;
  /** Of its delay, in ms. */
  stamp: number;
}
