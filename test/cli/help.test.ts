import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderManual } from '../../src/cli/manual/render.js';
import { topicNames, topics, topicText } from '../../src/cli/manual/topics.js';
import { wrap } from '../../src/cli/wrap.js';
import { respool } from './process.js';

describe('respool help', () => {
  test('shows the commands, and each topic with what it is about', async () => {
    const { code, stdout } = await respool(['help']);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: respool \[options\] \[command\]/);
    for (const [name, what] of topics()) {
      assert.notEqual(what, name, 'its first line is "# NAME: WHAT"');
      assert.match(stdout, new RegExp(`^ +respool help ${name} +\\S`, 'm'));
    }
  });

  test('TOPIC prints it; of one that is a command too it says where that is explained', async () => {
    const [config, queue] = [await respool(['help', 'config']), await respool(['help', 'queue'])];
    assert.match(config.stdout, /^config: .*\n\n.*\bspool\.max_age\n {4}default: 14d\n/s);
    assert.match(queue.stdout, /\nrespool queue --help lists what the command takes\.\n$/);
  });

  test('COMMAND shows how it is used', async () => {
    const { code, stdout } = await respool(['help', 'queue', 'list']);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: respool queue list/);
  });

  test('anything else is wrong usage, and it says which topics there are', async () => {
    for (const words of [['confg'], ['queue', 'lst'], ['config', 'more']]) {
      const { code, stderr } = await respool(['help', ...words]);
      assert.equal(code, 2);
      assert.match(stderr, /no topic and no command ".*"; topics: alerts, config, /);
    }
  });
});

describe('the manual as text', () => {
  for (const name of topicNames()) {
    test(`${name}: no mark of Markdown is left, and no line of words is too long`, () => {
      const text = renderManual(topicText(name), { columns: 80, colours: false, unicode: true });
      assert.doesNotMatch(text, /\*\*|\]\(|^\||^#|^```|<!--|<a /m);
      const long = text.split('\n').filter(line => line.length > 80 && !line.startsWith('    '));
      assert.deepEqual(long, []);
    });
  }

  test('a table is lined up where it fits, else a row is a paragraph', () => {
    const table =
      '| key | default | meaning |\n|---|---|---|\n| `a` | 1 | what *it* is \\| does |\n| bb | | more |\n';
    assert.equal(
      renderManual(table, null),
      'key  default  meaning\na    1        what it is | does\nbb            more\n',
    );
    assert.equal(
      renderManual(table, { columns: 24, colours: false, unicode: false }),
      'a\n    default: 1\n    meaning: what it is\n    | does\nbb\n    meaning: more\n',
    );
  });

  test('points of a list hang, code stays as it is, links and marks go', () => {
    const text =
      '- one **two** [three](four.md)\n  five `*six*`\n- seven\n\n    code  **x**\n\n```yaml\na: 1\n\nb: 2\n```\n';
    assert.equal(
      renderManual(text, { columns: 18, colours: false, unicode: false }),
      '- one two three\n  five *six*\n- seven\n\n    code  **x**\n\n    a: 1\n\n    b: 2\n',
    );
  });
});

test('wrapped lines are no wider than a terminal, but for a longer word; wide letters count as two', () => {
  assert.deepEqual(wrap('aa bb cc dddddd e', 5), ['aa bb', 'cc', 'dddddd', 'e']);
  assert.deepEqual(wrap('你好 你', 5), ['你好', '你']);
});
