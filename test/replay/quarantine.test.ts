import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Quarantine } from '../../src/replay/quarantine.js';

const ACCUSED = { condition: 'policy-violation', said: 'policy-violation, "XML stanza is too big"' };

/** A stream whose server reads when it is told to, and ends over a message that it does not take. */
class Line {
  readonly sent: string[] = [];
  readonly refused: [id: number, reason: string][] = [];
  readonly notes: string[] = [];
  isThere = true;
  readonly #awaited: ((read: boolean) => void)[] = [];
  readonly quarantine = new Quarantine({
    send: text => {
      if (this.isThere) this.sent.push(text);
      return this.isThere;
    },
    confirm: () => new Promise(resolve => this.#awaited.push(resolve)),
    refuse: (id, reason) => this.refused.push([id, reason]),
    note: line => this.notes.push(line),
  });

  put(...ids: number[]): boolean | Promise<boolean> {
    return this.quarantine.put(ids.map(id => ({ id, text: `<${id}/>` })));
  }

  /** The server has read what was sent so far. */
  async reads(): Promise<void> {
    for (const resolve of this.#awaited.splice(0)) resolve(true);
    await turn();
  }

  /** The stream ends, and there is another one. */
  async ends(error: typeof ACCUSED | null = ACCUSED): Promise<void> {
    for (const resolve of this.#awaited.splice(0)) resolve(false);
    this.quarantine.lost(error);
    await turn();
    this.sent.length = 0;
  }
}

describe('the quarantine', () => {
  test('puts messages on the stream together, in order, and at once', () => {
    const line = new Line();
    assert.equal(line.put(1, 2), true);
    assert.equal(line.put(3), true);
    assert.deepEqual(line.sent, ['<1/><2/>', '<3/>']);
    line.isThere = false;
    assert.equal(line.put(4), false);
  });

  test('sets aside what cannot even be written, and puts the rest there', () => {
    const line = new Line();
    assert.equal(
      line.quarantine.put([
        { id: 1, unsendable: 'its payload has a comment' },
        { id: 2, text: '<2/>' },
      ]),
      true,
    );
    assert.deepEqual([line.sent, line.refused], [['<2/>'], [[1, 'its payload has a comment']]]);
  });

  test('finds the one over which the stream ends, sets it aside, and goes on with the rest', async () => {
    const line = new Line();
    line.put(1, 2, 3);
    await line.ends();
    assert.deepEqual(line.refused, []);
    const first = line.put(1, 2, 3);
    await turn();
    assert.deepEqual(line.sent, ['<1/>'], 'alone, until it is read');
    await line.reads();
    assert.deepEqual(line.sent, ['<1/>', '<2/>']);
    await line.ends();
    assert.equal(await first, false);
    assert.deepEqual(line.refused, [[2, `the server ended the stream over it: ${ACCUSED.said}`]]);
    const rest = line.put(1, 3); // 1 was read, and had no proof
    await turn();
    await line.reads();
    await line.reads();
    assert.equal(await rest, true);
    assert.equal(line.put(1, 3), true, 'nobody is suspected any more');
    assert.equal(line.refused.length, 1);
  });

  test('suspects nothing that the server had read', async () => {
    const line = new Line();
    line.put(1);
    await line.reads();
    line.put(2);
    await line.ends();
    assert.equal(line.put(1), true);
    assert.ok(line.put(2) instanceof Promise);
  });

  test('nor anything where the error is not about what was sent, also while a suspect is on its way', async () => {
    const line = new Line();
    for (const condition of [
      'system-shutdown',
      'conflict',
      'reset',
      'connection-timeout',
      'resource-constraint',
    ]) {
      line.put(1);
      await line.ends({ condition, said: condition });
    }
    await line.ends(null);
    assert.equal(line.put(1), true);
    await line.ends();
    void line.put(1);
    await turn();
    await line.ends(null);
    await line.ends({ condition: 'system-shutdown', said: 'system-shutdown' });
    assert.deepEqual(line.refused, []);
    assert.ok(line.put(1) instanceof Promise, 'it is suspected still');
  });

  test('accuses one that goes out alone of nothing that went out before it', async () => {
    const line = new Line();
    line.put(1);
    await line.ends();
    line.put(7); // the guilty one, of which nothing is known
    const alone = line.put(1);
    await turn();
    assert.deepEqual(line.sent, ['<7/>'], 'first that is read');
    await line.ends();
    assert.equal(await alone, false);
    assert.deepEqual(line.refused, []);
    void line.put(7);
    await turn();
    await line.ends();
    assert.equal(line.refused.at(0)?.[0], 7);
  });

  test('lets nothing out beside one that goes out alone, but in its turn', async () => {
    const line = new Line();
    line.put(1);
    await line.ends();
    const alone = line.put(1);
    const other = line.put(2);
    await turn();
    assert.deepEqual(line.sent, ['<1/>']);
    await line.reads();
    assert.deepEqual([await alone, await other], [true, true]);
    assert.deepEqual(line.sent, ['<1/>', '<2/>']);
  });
});
