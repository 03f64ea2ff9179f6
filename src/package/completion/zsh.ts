import { allCommands, type CommandDoc, type OptionDoc, type ValueDoc } from '../command-tree.js';
import { globalOptions } from './words.js';

/** Writes completion for zsh: a function for each command. */
export function zshCompletion(tree: CommandDoc): string {
  return `#compdef respool
# Completion of respool for zsh, made by npm run package from its commands.
${allCommands(tree)
  .map(doc => commandFunction(doc, tree))
  .join('')}
_respool "$@"
`;
}

function commandFunction(doc: CommandDoc, tree: CommandDoc): string {
  const options = [...doc.options, ...globalOptions(doc, tree)].map(option);
  const lines =
    doc.commands.length === 0 ? doc.arguments.map(argument) : ["'1: :->command'", "'*:: :->rest'"];
  const body = `  _arguments -C ${[...options, ...lines].join(' \\\n    ')}\n`;
  return `\n${nameOf(doc)}() {\n  local context state state_descr line\n  typeset -A opt_args\n${body}${doc.commands.length === 0 ? '' : below(doc)}}\n`;
}

function below({ commands }: CommandDoc): string {
  const list = commands.map(one => `      ${quoted(`${last(one)}:${one.description}`)}`).join('\n');
  const cases = commands.map(one => `        ${last(one)}) ${nameOf(one)} ;;`).join('\n');
  return `  case $state in
    command)
      local -a commands=(
${list}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${cases}
      esac ;;
  esac
`;
}

function option({ names, value, description }: OptionDoc): string {
  const told = `[${description.replace(/[[\]]/g, '\\$&')}]`;
  const after = value === null ? '' : `:${value.isRequired ? '' : ':'}${offer(value)}`;
  if (names.length === 1) return quoted(`${names[0]}${told}${after}`);
  return `${quoted(`(${names.join(' ')})`)}{${names.join(',')}}${quoted(`${told}${after}`)}`;
}

const argument = (value: ValueDoc) => quoted(`${value.isRequired ? '' : ':'}:${offer(value)}`);

function offer({ name, choices, isFile }: ValueDoc): string {
  const what = choices !== null ? `(${choices.join(' ')})` : isFile ? '_files' : ' ';
  return `${name.replaceAll(':', '\\:')}:${what}`;
}

const nameOf = ({ words }: CommandDoc) => ['_respool', ...words].join('_');
const last = ({ words }: CommandDoc) => words.at(-1) ?? '';
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
