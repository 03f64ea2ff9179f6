import { allCommands, type CommandDoc, type OptionDoc, type ValueDoc } from './command-tree.js';
import { type Edition, item, paragraph, prose, section, subsection, title } from './roff.js';

/**
 * Writes respool(1).
 * @param topics what `respool help` explains, by name
 */
export function commandPage(tree: CommandDoc, topics: ReadonlyMap<string, string>, edition: Edition): string {
  const commands = allCommands(tree).filter(
    ({ words, commands }) => words.length > 0 && commands.length === 0,
  );
  return [
    title('respool', 1, edition),
    section('name', `respool \\- keeps the messages that ejabberd loses\n`),
    section('synopsis', `\\fBrespool\\fR [\\fB\\-c\\fR \\fIfile\\fR] \\fIcommand\\fR [...]\n`),
    section('description', paragraph(tree.description)),
    section('commands', commands.map(command).join('')),
    section('options of every command', options(tree.options)),
    section('notes', prose(tree.notes)),
    section(
      'topics',
      paragraph('respool help TOPIC explains one of these:') +
        [...topics].map(([name, what]) => item(name, what)).join(''),
    ),
    section(
      'files',
      item('/etc/respool/respool.yml', 'the config, see respool.yml(5)') +
        item('/etc/default/respool', 'variables for the service, such as RESPOOL_SPOOL_MAX_AGE=7d') +
        item('/var/lib/respool/spool.db', 'the spool, with its -wal, -shm, .sock and .lock beside it'),
    ),
    section('see also', paragraph('respool.yml(5), ejabberdctl(8), systemctl(1)')),
  ].join('');
}

function command(doc: CommandDoc): string {
  const usage = ['respool', ...doc.words, ...doc.arguments.map(argument)].join(' ');
  const told = doc.arguments.filter(({ description }) => description !== '');
  return subsection(
    usage,
    [
      paragraph(sentence(doc.description)),
      ...told.map(({ name, description }) => item(name, description)),
      options(doc.options.filter(({ names }) => !names.includes('--help'))),
      doc.notes === '' ? '' : prose(doc.notes),
    ].join(''),
  );
}

function options(options: readonly OptionDoc[]): string {
  return options.map(({ flags, description }) => item(flags, description)).join('');
}

const argument = ({ name, isRequired }: ValueDoc) => (isRequired ? name : `[${name}]`);

const sentence = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}.`;
