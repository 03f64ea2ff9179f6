import { allCommands, type CommandDoc, type OptionDoc, type ValueDoc } from '../command-tree.js';
import { pathsOf, takesValue } from './words.js';

/** Writes completion for fish. */
export function fishCompletion(tree: CommandDoc): string {
  const global = tree.options
    .filter(({ names }) => !names.includes('--version'))
    .map(option => `complete -c respool${optionWords(option)}\n`);
  return `# Completion of respool for fish, made by npm run package from its commands.
function __respool_at --description 'Is this the command that is being typed?'
    set -l at ''
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        set -l longer (string trim -- "$at $word")
        switch $longer
            case ${pathsOf(tree).map(quoted).join(' ')}
                set at $longer
            case '*'
                contains -- $word ${takesValue(tree).join(' ')}; and set skip 1
        end
    end
    test "$at" = "$argv"
end
complete -c respool -f
${global.join('')}${allCommands(tree).map(commandLines).join('')}`;
}

function commandLines(doc: CommandDoc): string {
  const at = `complete -c respool -n ${quoted(`__respool_at ${doc.words.join(' ')}`.trim())}`;
  const own =
    doc.words.length > 0 ? doc.options : doc.options.filter(({ names }) => names.includes('--version'));
  const options = own.filter(({ names }) => !names.includes('--help'));
  return [
    ...doc.commands.map(one => `${at} -a ${one.words.at(-1)} -d ${quoted(one.description)}\n`),
    ...doc.arguments.map(argument => `${at}${argumentWords(argument)}\n`).filter(line => line !== `${at}\n`),
    ...options.map(option => `${at}${optionWords(option)}\n`),
  ].join('');
}

function optionWords({ names, value, description }: OptionDoc): string {
  const given = names.map(name => (name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  const needs = value?.isRequired ? (value.isFile ? ' -r' : ' -x') : '';
  return `${given.join('')}${needs}${value === null ? '' : argumentWords(value)} -d ${quoted(description)}`;
}

function argumentWords({ choices, isFile }: ValueDoc): string {
  if (choices !== null) return ` -a ${quoted(choices.join(' '))}`;
  return isFile ? ' -F' : '';
}

const quoted = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
