import type { Command } from 'commander';
import { renderManual } from './manual/render.js';
import { topics, topicText } from './manual/topics.js';
import type { Output } from './output.js';
import { terminal } from './terminal.js';
import { UsageError } from './usage.js';

/**
 * Explains a topic of the manual, or else a command.
 * @param words a topic, or the words of a command; none: respool itself, and which topics there are
 * @throws UsageError where there is neither
 */
export async function help(words: readonly string[], top: Command, out: Output): Promise<void> {
  const known = topics();
  const [topic = '', ...more] = words;
  if (more.length === 0 && known.has(topic)) {
    await out.write(renderManual(topicText(topic), terminal()));
    if (top.commands.some(command => command.name() === topic)) {
      await out.line(`\nrespool ${topic} --help lists what the command takes.`);
    }
    return;
  }
  let command = top;
  for (const word of words) {
    const below = command.commands.find(one => one.name() === word);
    if (below === undefined) {
      throw new UsageError(
        `there is no topic and no command "${words.join(' ')}"; topics: ${[...known.keys()].join(', ')}`,
      );
    }
    command = below;
  }
  command.outputHelp();
  if (words.length > 0) return;
  const width = Math.max(...[...known.keys()].map(name => name.length));
  const lines = [...known].map(([name, what]) => `  respool help ${name.padEnd(width)}  ${what}`);
  await out.line(`\nTopics:\n${lines.join('\n')}`);
}
