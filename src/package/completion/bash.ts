import { allCommands, type CommandDoc, type OptionDoc, type ValueDoc } from '../command-tree.js';
import { globalOptions, pathsOf, takesValue } from './words.js';

/** Writes completion for bash. It needs nothing of the package bash-completion. */
export function bashCompletion(tree: CommandDoc): string {
  const commands = allCommands(tree);
  return `# Completion of respool for bash, made by npm run package from its commands.
_respool() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} at='' skip='' word words='' files='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $skip ]]; then skip=''; continue; fi
    case "\${at:+$at }$word" in
      ${pathsOf(tree).map(quoted).join(' | ')}) at="\${at:+$at }$word" ;;
      *) case $word in ${takesValue(tree).join(' | ')}) skip=1 ;; esac ;;
    esac
  done
  case "$at:$before" in
${commands.flatMap(doc => doc.options.flatMap(option => valueCase(doc, option))).join('')}  *)
    case $at in
${commands.map(doc => `    ${quoted(doc.words.join(' '))}) ${wordsOf(doc, tree)} ;;\n`).join('')}    esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen \${files:+-f} -W "$words" -- "$current")
  if [[ -n $files ]]; then compopt -o filenames 2> /dev/null; fi
}
complete -F _respool respool
`;
}

/** What may follow an option that takes a value; the value of an optional one may be left out. */
function valueCase(doc: CommandDoc, { names, value }: OptionDoc): string[] {
  if (value === null || (!value.isRequired && !value.isFile)) return [];
  const at = doc.words.length === 0 ? '*' : quoted(doc.words.join(' '));
  return [`  ${names.map(name => `${at}:${name}`).join(' | ')}) ${offer(value)} ;;\n`];
}

function wordsOf(doc: CommandDoc, tree: CommandDoc): string {
  const options = [...doc.options, ...globalOptions(doc, tree)].flatMap(({ names }) => names);
  const below = doc.commands.map(({ words }) => words.at(-1) as string);
  const choices = doc.arguments.flatMap(one => one.choices ?? []);
  const words = `words='${[...below, ...choices, ...options].join(' ')}'`;
  return doc.arguments.some(one => one.isFile) ? `${words} files=1` : words;
}

function offer({ choices, isFile }: ValueDoc): string {
  if (choices !== null) return `words='${choices.join(' ')}'`;
  return isFile ? 'files=1' : ':';
}

const quoted = (text: string) => (/^[\w-]+$/.test(text) ? text : `'${text}'`);
