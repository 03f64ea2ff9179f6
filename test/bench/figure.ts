/** One line of the result. */
export interface Figure {
  what: string;
  /** What was measured, for a reader. */
  seen: string;
  /** What it is compared with, in the same run. */
  against: string;
  /** The figure itself: a ratio, or ms where the target is a time. */
  value: number;
  unit: '×' | 'ms' | 'µs' | 'MB' | '';
  /** Where there is no target that tells which way is better. */
  lessIsBetter?: boolean;
  /** The bound and which side of it is right; none where the figure only informs. */
  target?: { at: 'least' | 'most'; value: number };
}

/** @returns whether a figure is within its target, or null where it has none */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === undefined) return null;
  return target.at === 'least' ? value >= target.value : value <= target.value;
}

/** @returns the middle one, or the mean of the two in the middle */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}

/** @returns a rate as people read it */
export function perSecond(rate: number): string {
  return `${Math.round(rate).toLocaleString('en')}/s`;
}
