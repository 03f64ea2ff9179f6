import { allCommands, type CommandDoc, type OptionDoc } from '../command-tree.js';

/** Every command as it is typed: `queue`, `queue list`. */
export function pathsOf(tree: CommandDoc): string[] {
  return allCommands(tree)
    .filter(({ words }) => words.length > 0)
    .map(({ words }) => words.join(' '));
}

/** The options of all commands behind which a value has to come. */
export function takesValue(tree: CommandDoc): string[] {
  const options = allCommands(tree).flatMap(({ options }) => options);
  return [...new Set(options.filter(({ value }) => value?.isRequired).flatMap(({ names }) => names))];
}

/** What a command takes besides its own options. */
export function globalOptions(doc: CommandDoc, tree: CommandDoc): OptionDoc[] {
  if (doc === tree) return [];
  const own = new Set(doc.options.flatMap(({ names }) => names));
  return tree.options.filter(
    ({ names }) => !names.includes('--version') && !names.some(name => own.has(name)),
  );
}
