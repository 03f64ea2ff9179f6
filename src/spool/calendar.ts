/** Both clocks of the machine at one moment. */
export interface Reading {
  /** What the date is said to be, in ms since 1970; an operator or NTP may set it. */
  date: number;
  /** Ms since the machine started, by the clock that nobody sets. */
  elapsed: number;
  /** Which start of the machine that was; 0: not known. */
  boot: number;
}

/**
 * What is known of the date. A span of time in which nobody sets the clock is an era; its date is believed once it has
 * lasted a while.
 */
export interface Calendar {
  last: Reading;
  /** The date at which the era began. */
  since: number;
  /** The last id of a message that was given before it. */
  first: number;
  /** The last date of an earlier era that was believed; 0 where there was none. */
  believed: number;
}

/** The clock was set. */
export interface Jump {
  /** By so many ms. */
  by: number;
  /**
   * What was stored under a date that was never believed, and belongs this much later: messages with ids above `after`,
   * and what carries a date of that era.
   */
  moved: { after: number; from: number; to: number } | null;
}

/** An era is believed after so long, in ms. */
export const A_WHILE = 86_400_000;
/** The two clocks may differ by so much between two readings, in ms: NTP slews, and a machine may be busy. */
const TOLERANCE = 60_000;
/** A machine that was off for longer, in ms, may as well have a wrong clock. */
const LONGEST_STOP = 86_400_000;
/** No clock that is right says less: it is the date of a machine without a battery. */
const EARLIEST = Date.UTC(2025, 0, 1);

/**
 * The calendar of a spool that has none yet.
 * @param seen the last date that it is known to have seen, null where it has seen none
 */
export function firstCalendar(reading: Reading, seen: number | null): Calendar {
  if (seen !== null) {
    return {
      last: { date: seen, elapsed: 0, boot: 0 },
      ...{ since: seen - A_WHILE, first: 0, believed: seen },
    };
  }
  const isPlausible = reading.date >= EARLIEST;
  return { last: reading, since: isPlausible ? reading.date - A_WHILE : reading.date, first: 0, believed: 0 };
}

/**
 * Goes on to another reading.
 * @param lastId the last id that a message was given
 * @returns the jump, null where the clock went as it should
 */
export function goOn(
  calendar: Calendar,
  reading: Reading,
  lastId: number,
): { calendar: Calendar; jump: Jump | null } {
  const { last } = calendar;
  const isSameBoot = reading.boot === last.boot && reading.boot !== 0 && reading.elapsed >= last.elapsed;
  const passed = isSameBoot ? reading.elapsed - last.elapsed : 0;
  const by = reading.date - last.date - passed;
  const isJump = by < -TOLERANCE || by > (isSameBoot ? TOLERANCE : LONGEST_STOP);
  if (!isJump) return { calendar: { ...calendar, last: reading }, jump: null };
  const wasBelieved = isBelieved(calendar);
  const moved = {
    after: calendar.first,
    from: calendar.since - TOLERANCE,
    to: last.date + passed + TOLERANCE,
  };
  return {
    calendar: {
      last: reading,
      since: reading.date,
      first: lastId,
      believed: wasBelieved ? last.date : calendar.believed,
    },
    jump: { by, moved: wasBelieved ? null : moved },
  };
}

/**
 * The date by which it is judged what has had its time.
 * @param at what the date is said to be
 * @returns that, where it is believed and follows the last reading; else no later date than the last that was believed
 */
export function judgedAt(calendar: Calendar, at: number): number {
  const latest = isBelieved(calendar) ? calendar.last.date + TOLERANCE : calendar.believed;
  return Math.min(at, latest);
}

function isBelieved({ last, since }: Calendar): boolean {
  return last.date - since >= A_WHILE;
}
