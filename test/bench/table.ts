import { type Figure, isMet } from './figure.js';

/** Prints figures as a table of plain text. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(figure => [
    figure.what,
    figure.seen,
    figure.against,
    format(figure.value, figure.unit),
    figure.target === undefined
      ? '-'
      : `${figure.target.at === 'least' ? '≥' : '≤'} ${format(figure.target.value, figure.unit)}`,
    { true: 'met', false: 'MISSED', null: '-' }[`${isMet(figure)}`],
  ]);
  const all = [['what', 'measured', 'against', 'figure', 'target', ''], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0))) ?? [];
  return all.map(row => row.map((cell, column) => cell?.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

function format(value: number, unit: Figure['unit']): string {
  return unit === '×' ? `${value.toFixed(2)}×` : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}
