import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** By each file what it imports, types too; both by their paths below a folder, with slashes. */
export type Imports = ReadonlyMap<string, readonly string[]>;

const SPECIFIER = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)\.js'/g;

/** Reads what the files below a folder import from each other. */
export function importsIn(folder: URL): Imports {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(file =>
    file.replaceAll('\\', '/'),
  );
  const sources = files.filter(file => file.endsWith('.ts') && !file.endsWith('.d.ts'));
  return new Map(sources.map(file => [file, importsOf(file, readFileSync(new URL(file, folder), 'utf8'))]));
}

/** What a file with this text imports. */
export function importsOf(file: string, text: string): string[] {
  const paths = [...text.matchAll(SPECIFIER)].map(([, path = '']) => `${path}.ts`);
  return paths.map(path => posix.join(posix.dirname(file), path));
}

/**
 * Imports of what stands above.
 * @param steps folders, each of which knows only those before it; all else stands above them
 */
export function upwards(imports: Imports, steps: readonly string[]): string[] {
  const rankOf = (file: string) => {
    const step = steps.indexOf(file.split('/')[0] ?? '');
    return step < 0 ? steps.length : step;
  };
  return [...imports].flatMap(([file, targets]) =>
    targets.filter(target => rankOf(target) > rankOf(file)).map(target => `${file} imports ${target}`),
  );
}

/** A circle of files that import each other, from each file that is first found in one. */
export function circles(imports: Imports): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]) => {
    const before = way.indexOf(file);
    if (before >= 0) found.push([...way.slice(before), file].join(' > '));
    if (before >= 0 || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return found;
}
