import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { xml } from '@xmpp/component';
import { type Asker, Door } from '../../src/requests/door.js';
import { pingAnswers } from '../../src/requests/pings.js';
import type { About } from '../../src/xmpp/answers.js';

const DOMAIN = 'respool.example.org';
const ABOUT: About = {
  ...{ version: '1', domain: DOMAIN, contact: new Set<string>() },
  uptime: () => 1,
  commandsFor: () => [],
};
const iq = (type: string, child = xml('ping', { xmlns: 'urn:xmpp:ping' })) =>
  xml('iq', { from: 'romeo@example.org/phone', to: DOMAIN, id: 'p1', type }, child);

let sent: string[];
let told: string[];
const door = (...askers: Asker[]) =>
  new Door({
    askers,
    adHoc: { isRequest: () => false, answer: async () => null },
    about: ABOUT,
    send: text => void sent.push(text),
  });
beforeEach(() => {
  sent = [];
  told = [];
});

const pings = pingAnswers({
  pingAnswered: (from, id) => void told.push(`${from.full} answered ${id}`),
  pingReturned: (from, id) => void told.push(`${from.full} returned ${id}`),
});

describe('the door of the component', () => {
  test('gives a stanza to the first that takes it', () => {
    door(
      () => false,
      () => told.push('second') > 0,
      () => told.push('third') > 0,
    ).enter(iq('result'));
    assert.deepEqual([told, sent], [['second'], []]);
  });

  test('answers what others ask', () => {
    door(pings).enter(iq('get'));
    assert.deepEqual(told, []);
    assert.match(sent.join(), /^<iq [^>]*type='result'/);
  });

  test('takes answers to pings, also errors, and answers none', () => {
    door(pings).enter(iq('result'));
    door(pings).enter(iq('error'));
    assert.deepEqual(told, ['romeo@example.org/phone answered p1', 'romeo@example.org/phone returned p1']);
    assert.deepEqual(sent, []);
  });
});
