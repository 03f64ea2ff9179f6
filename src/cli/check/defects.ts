/** A defect of ejabberd that loses messages, found by experiment or in the source of its versions. */
export interface Defect {
  /** The first version that has it. */
  since: string;
  /** The first version without it. */
  until: string;
  text: string;
  means: string;
  remedy: string;
}

/** What is particular to some versions; what all have is in the README. */
const DEFECTS: readonly Defect[] = [
  {
    since: '24.02',
    until: '24.12',
    text: 'a login with SASL2 and Bind2 deletes the offline queue of the account without delivering it',
    means: 'respool delivers what was in it, but only what was written while it was attached',
    remedy: 'nothing while respool runs; ejabberd 24.12 repairs it',
  },
];

/** The defects of a version as XEP-0092 tells it, such as "ejabberd 24.06" or "ejabberd 23.01-1". */
export function defectsOf(version: string): Defect[] {
  const number = yearAndMonth(version);
  if (number === null || !version.startsWith('ejabberd ')) return [];
  return DEFECTS.filter(({ since, until }) => {
    const [from, to] = [yearAndMonth(since) ?? 0, yearAndMonth(until) ?? 0];
    return from <= number && number < to;
  });
}

function yearAndMonth(version: string): number | null {
  const [, year, month] = /(?:^| )(\d\d)\.(\d\d)(?:\D|$)/.exec(version) ?? [];
  return year === undefined ? null : Number(year) * 100 + Number(month);
}
