import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Output } from '../../src/cli/output.js';
import { program } from '../../src/cli/program.js';
import { KEYS } from '../../src/config/schema.js';
import { allCommands, readTree } from '../../src/package/command-tree.js';
import { roff } from '../../src/package/roff.js';
import { madeFiles } from '../../src/package/tree.js';
import { findings, hasProgram, said } from './programs.js';

const tree = readTree(program(new Output(process.stdout), () => undefined));
const files = madeFiles();
const commands = allCommands(tree).filter(({ words }) => words.length > 0);
const leaves = commands.filter(({ commands: below }) => below.length === 0);
/** A page as it is read, without the marks of roff. */
const read = (name: string) => (files[name] ?? '').replaceAll('\\-', '-').replaceAll('\\e', '\\');

describe('the tree', () => {
  test('has the commands, their options and the text below their help', () => {
    assert.ok(commands.some(({ words }) => words.join(' ') === 'queue list'));
    const run = commands.find(({ words }) => words.join(' ') === 'run');
    assert.match(run?.notes ?? '', /^An upgrade without a gap: .*/);
    assert.deepEqual(
      run?.options.flatMap(({ names }) => names),
      ['--take-over', '--no-start', '-h', '--help'],
      'without the hidden one',
    );
  });
});

test('what roff takes for a command is text in a man page', () => {
  assert.equal(roff(".Sh a\\b\n'c --d … `e`"), "\\&.Sh a\\eb\n\\&'c \\-\\-d ... \\fBe\\fR");
});

describe('respool(1)', () => {
  test('says of each command what it does and takes', () => {
    const page = read('man/respool.1');
    for (const { words, description, options } of leaves) {
      const part = page.split(`.SS "respool ${words.join(' ')}`)[1]?.split('.SS ')[0] ?? '';
      assert.ok(part.includes(description.slice(1)), words.join(' '));
      for (const { flags } of options.filter(({ names }) => !names.includes('--help')))
        assert.ok(part.includes(`\\fB${flags}\\fR`), `${words}: ${flags}`);
    }
  });

  for (const page of ['man/respool.1', 'man/respool.yml.5']) {
    test(`${page} is accepted by mandoc`, { skip: hasProgram('mandoc') }, () => {
      const errors = findings('mandoc', ['-T', 'lint', '-W', 'warning'], read(page) && (files[page] ?? ''));
      assert.equal(errors, '');
    });
  }
});

test('respool.yml(5) has every key', () => {
  const page = read('man/respool.yml.5');
  for (const key of KEYS.keys()) assert.ok(page.includes(`\n\\fB${key}\\fR\n`), key);
});

/** What a shell offers where a command line ends in this: asked of the shell itself. */
const SHELLS: Record<string, { file: string; offer: (line: string, file: string) => string[] }> = {
  bash: {
    file: 'completion/respool.bash',
    offer: (line, text) => {
      const words = line.split(' ');
      const script = `${text}
COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_respool; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return said('bash', ['-c', script]).split('\n');
    },
  },
  fish: {
    file: 'completion/respool.fish',
    offer: (line, text) =>
      said('fish', ['--no-config', '-c', `${text}\ncomplete -C '${line}'`])
        .split('\n')
        .map(word => word.split('\t')[0] ?? ''),
  },
};

for (const [shell, { file, offer }] of Object.entries(SHELLS)) {
  describe(`completion for ${shell}`, { skip: hasProgram(shell) }, () => {
    const offered = (line: string) => offer(line, files[file] ?? '');

    test('offers each command, below the one before it, and no other', () => {
      for (const { words, commands: below } of [tree, ...commands].filter(one => one.commands.length > 0)) {
        const names = below.map(one => one.words.at(-1));
        const found = offered(`${['respool', ...words].join(' ')} `).filter(word => /^[a-z]/.test(word));
        assert.deepEqual(found.sort(), names.sort(), words.join(' '));
      }
    });

    test('offers each option of a command, and the config file, and no option of another', () => {
      for (const { words, options } of leaves) {
        const names = options.flatMap(one => one.names.filter(name => name.startsWith('--')));
        const found = offered(`${['respool', ...words].join(' ')} --`).filter(word => word !== '');
        assert.deepEqual(found.sort(), [...names, '--config'].sort(), words.join(' '));
      }
    });

    test('passes over options and their values on the way to a command', () => {
      assert.ok(offered('respool -c run queue ').includes('list'));
      assert.ok(offered('respool queue -c /x list --ty').includes('--type'));
    });

    test('offers the values of which there are a few, and topics', () => {
      assert.deepEqual(offered('respool queue list --type ').filter(Boolean).sort(), [
        'chat',
        'groupchat',
        'normal',
      ]);
      assert.ok(offered('respool help co').includes('config'));
    });

    test('offers files where a file is meant, and none where it is not', () => {
      assert.ok(offered('respool -c /etc/pass').includes('/etc/passwd'));
      assert.ok(offered('respool queue import /etc/pass').includes('/etc/passwd'));
      assert.ok(!offered('respool queue list --room /etc/pass').includes('/etc/passwd'));
    });
  });
}

describe('completion for zsh', () => {
  const text = files['completion/_respool'] ?? '';

  test('is accepted by zsh', { skip: hasProgram('zsh') }, () => {
    assert.equal(findings('zsh', ['-n'], text), '');
  });

  test('has a function for each command, with each of its options', () => {
    for (const { words, options } of commands) {
      const body = text.split(`\n${['_respool', ...words].join('_')}() {`)[1]?.split('\n}\n')[0] ?? '';
      for (const { names } of options) {
        for (const name of names) assert.ok(new RegExp(`['{,]${name}[['},]`).test(body), `${words}: ${name}`);
      }
    }
  });
});
