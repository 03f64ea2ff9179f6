const BLOCKS = '▁▂▃▄▅▆▇█';
const ASCII = '.:-=+*#@';

/**
 * Draws numbers as a line of characters of which the highest stands for the greatest; nothing is a space, so that one
 * of anything is seen.
 */
export function sparkline(values: readonly number[], unicode: boolean): string {
  const marks = unicode ? BLOCKS : ASCII;
  const most = Math.max(...values);
  return values
    .map(value => {
      if (value <= 0) return ' ';
      return marks[Math.max(0, Math.ceil((value / most) * marks.length) - 1)];
    })
    .join('');
}

/** @returns a bar for a part of the greatest, at most `width` wide; empty for nothing */
export function bar(value: number, most: number, width: number, unicode: boolean): string {
  if (value <= 0 || most <= 0) return '';
  return (unicode ? '█' : '#').repeat(Math.max(1, Math.round((value / most) * width)));
}
