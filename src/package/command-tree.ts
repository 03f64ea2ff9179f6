import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';

/** What a word of a command line may be: one of a few, a file, or what the machine cannot know. */
export interface ValueDoc {
  name: string;
  /** null: anything. */
  choices: readonly string[] | null;
  isFile: boolean;
  isRequired: boolean;
  description: string;
}

export interface OptionDoc {
  /** As help shows it: `-c, --config <file>`. */
  flags: string;
  /** What may be typed: `-c`, `--config`. */
  names: readonly string[];
  /** null: it takes none. */
  value: ValueDoc | null;
  description: string;
}

/** A command as its help describes it: what man pages and completion are made of. */
export interface CommandDoc {
  /** `[]` for respool itself, `['queue', 'list']` below it. */
  words: readonly string[];
  description: string;
  arguments: readonly ValueDoc[];
  /** Without those that are hidden. */
  options: readonly OptionDoc[];
  /** The text behind the help: examples, exit codes. */
  notes: string;
  commands: readonly CommandDoc[];
}

/** Reads the tree of commands from what commander was told. */
export function readTree(command: Command, words: readonly string[] = []): CommandDoc {
  const help = command.createHelp();
  return {
    words,
    description: command.description(),
    arguments: command.registeredArguments.map(argument => ({
      ...valueDoc(argument.name(), argument.argChoices),
      isRequired: argument.required,
      description: argument.description,
    })),
    options: help.visibleOptions(command).map(option => ({
      flags: option.flags,
      names: [option.short, option.long].filter(name => name !== undefined),
      description: option.description,
      value:
        option.required || option.optional
          ? {
              ...valueDoc(/[<[]([^>\].]+)/.exec(option.flags)?.[1] ?? '', option.argChoices),
              isRequired: option.required,
              description: '',
            }
          : null,
    })),
    notes: notesOf(command),
    commands: command.commands.map(one => readTree(one, [...words, one.name()])),
  };
}

/** The tree as a list, the root first. */
export function allCommands(tree: CommandDoc): CommandDoc[] {
  return [tree, ...tree.commands.flatMap(allCommands)];
}

function valueDoc(name: string, choices: readonly string[] | undefined) {
  return { name, choices: choices ?? null, isFile: /^file$/i.test(name) };
}

/** What `addHelpText('after')` was given, which commander tells nobody but who prints it. */
function notesOf(command: Command): string {
  let text = '';
  const emitter = command as unknown as EventEmitter; // which its types do not say
  emitter.emit('afterHelp', { error: false, command, write: (part: string) => (text += part) });
  return text.trim();
}
