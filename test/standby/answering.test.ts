import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Answering } from '../../src/standby/answering.js';
import type { Source } from '../../src/standby/giving.js';
import { iqTo, readPage, writePage, writeWant } from '../../src/standby/words.js';
import { parse } from '../way.js';

const [A, B] = ['respool.alpha.test', 'respool-b.alpha.test'];

const NOTHING: Source = {
  structure: () => [][Symbol.iterator](),
  queue: () => [][Symbol.iterator](),
  ids: () => ({ first: 1, last: 0 }),
  pendingOf: () => [],
  held: async () => [],
  sessions: () => [],
};

describe('what a respool answers the other one', () => {
  let answers: string[];
  let notes: string[];
  let isActing: boolean;

  /** Waits for the answer to an iq of the other one. */
  async function answered(type: 'get' | 'set', payload: string, source = NOTHING) {
    const answer = new Promise<string>(resolve => {
      const answering = new Answering({
        ...{ domain: A, peer: B, source, acts: () => isActing, given: () => undefined },
        spool: { tell: () => undefined, ask: async () => 0 as never },
        send(text) {
          answers.push(text);
          resolve(text);
          return true;
        },
        note: line => notes.push(line),
      });
      assert.ok(answering.take(parse(iqTo({ from: B, to: A, id: '1', type }, payload))));
    });
    return parse(await answer);
  }

  beforeEach(() => {
    [answers, notes, isActing] = [[], [], true];
  });

  test('a page of what it has', async () => {
    const page = readPage(await answered('get', writeWant('structure', 0)));
    assert.deepEqual(page, { records: [], last: true, held: [], ids: { first: 1, last: 0 }, sessions: [] });
  });

  test('what it has once all that it has received is committed', async () => {
    for (const of of ['structure', 'queue'] as const) {
      const calls: string[] = [];
      const read = () => {
        calls.push('read');
        return [][Symbol.iterator]();
      };
      const held = async () => {
        calls.push('told to wait');
        await Promise.resolve();
        calls.push('committed');
        return [];
      };
      await answered('get', writeWant(of, 0), { ...NOTHING, structure: read, queue: read, held });
      assert.deepEqual(calls.slice(0, 3), ['told to wait', 'committed', 'read'], of);
    }
  });

  test('an error where it does not act, for its books may not be whole', async () => {
    isActing = false;
    assert.equal((await answered('get', writeWant('queue', 0))).attrs.type, 'error');
    assert.deepEqual(notes, []);
  });

  test('that it has taken a page', async () => {
    const answer = await answered('set', writePage({ records: [], last: true, held: [] }));
    assert.equal(answer.attrs.type, 'result');
  });

  test('an error to what cannot be read, and the operator is told', async () => {
    for (const [type, payload] of [
      ['set', "<page xmlns='urn:respool:standby:0'>not JSON</page>"],
      [
        'set',
        `<page xmlns='urn:respool:standby:0'>{"records":[{"record":"message"}],"last":true,"held":[]}</page>`,
      ],
      ['get', "<again xmlns='urn:respool:standby:0'>[one]</again>"],
    ] as const) {
      assert.equal((await answered(type, payload)).attrs.type, 'error', payload);
    }
    assert.equal(notes.length, 3);
  });

  test('an error where the spool cannot be read, and the operator is told', async () => {
    const structure = () => {
      throw new Error('disk I/O error');
    };
    const answer = await answered('get', writeWant('structure', 0), { ...NOTHING, structure });
    assert.equal(answer.attrs.type, 'error');
    assert.deepEqual(notes, [`what ${B} wants cannot be given: disk I/O error`]);
  });
});
