import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SelfPings } from '../../src/xmpp/self-pings.js';
import { parse } from '../way.js';

const DOMAIN = 'respool.example.org';

describe('pings of the component to itself', () => {
  test('one whose echo does not come is sent again, until it does', async context => {
    context.mock.timers.enable({ apis: ['setInterval'] });
    const pings = new SelfPings(DOMAIN);
    const sent: string[] = [];
    const echo = pings.echo(ping => sent.push(ping));
    context.mock.timers.tick(2_000);
    assert.equal(sent.length, 2);
    assert.ok(pings.take(parse(sent[1] as string)));
    assert.equal(await echo, true);
    context.mock.timers.tick(10_000);
    assert.equal(sent.length, 2);
    assert.ok(pings.take(parse(sent[0] as string)), 'a late one is no stanza for anybody else either');
  });

  test('an echo that never comes: the stream has ended', async () => {
    const pings = new SelfPings(DOMAIN);
    const echo = pings.echo(() => undefined);
    pings.lost();
    assert.equal(await echo, false);
  });

  test('what others send is none', () => {
    const others = ["<iq type='get' id='ping-1'/>", "<message id='x'/>", "<iq type='get'/>"];
    const pings = new SelfPings(DOMAIN);
    assert.ok(others.every(other => !pings.take(parse(other))));
  });
});
