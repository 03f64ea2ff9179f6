import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Element } from '@xmpp/component';
import { parse, transcript } from '../way.js';
import { play } from './play.js';
import type { Device, Do, Event, Script } from './script.js';
import { VHOST } from './stanza.js';

/** The model's ejabberd against what a real one showed: the same copies in the same order. */

const [ALICE, PHONE, LAPTOP] = [`alice@${VHOST}/pc`, `bob@${VHOST}/phone`, `bob@${VHOST}/laptop`];
const ROOM = `garden@conference.${VHOST}`;

/** What two copies of the same form have in common. */
function form(stanza: Element): string {
  const { from = '', to = '', type = '' } = stanza.attrs;
  return [stanza.name, `${from} > ${to}`, type, ...stanza.getChildElements().map(details)]
    .filter(Boolean)
    .join(' ');
}

function details(child: Element): string {
  const inner = child.getChild('forwarded')?.getChild('message');
  const { xmlns } = child.attrs;
  if (inner !== undefined) return `${child.name} {${form(inner)}}`;
  if (child.name === 'delay') return `delay of ${child.attrs.from} ${child.children.join('')}`;
  if (child.name === 'error')
    return child
      .getChildElements()
      .map(({ name }) => name)
      .join('+');
  if (child.name === 'stanza-id') return `stanza-id by ${child.attrs.by}`;
  if (xmlns === 'http://jabber.org/protocol/muc#user')
    return `codes ${child.getChildren('status').map(({ attrs }) => attrs.code)}`;
  return ['body', 'subject', 'item'].includes(child.name) ? child.name : '';
}

/** The stanza in a copy of mod_service_log; undefined: it is something else. */
function copied(text: string): Element | undefined {
  return parse(text).getChild('forwarded')?.getChildElements()[0];
}

/** The model's rooms have no caps. */
function isShown(stanza: Element): boolean {
  return !(stanza.name === 'presence' && stanza.getChild('c') !== undefined);
}

function real(name: string, until: number): string[] {
  return transcript(name)
    .filter(({ at = 0, stanza }) => at < until && stanza !== undefined)
    .map(({ stanza = '' }) => copied(stanza))
    .filter(stanza => stanza !== undefined && isShown(stanza))
    .map(stanza => form(stanza as Element));
}

async function modelled(events: Event[], until: number, more: Partial<Script> = {}): Promise<string[]> {
  const forms: string[] = [];
  const devices = [ALICE, PHONE, LAPTOP].map(
    (jid): Device => ({ jid, answers: 'at once', priority: 0, room: null }),
  );
  const server = {
    resend: 'no',
    resumeTimeout: 5000,
    notices: 1000,
    replaces: 0,
    offlineLimit: 100,
    push: false,
    archive: false,
    contacts: false,
  } as const;
  await play({ seed: 0, server, latency: 0, devices, rooms: [], events, ...more }, (at, way, text) => {
    const stanza = way === 'in' && at < until ? copied(text) : undefined;
    const isPing = stanza?.name === 'iq' && `${stanza.attrs.from}${stanza.attrs.to}`.includes('respool');
    if (stanza !== undefined && !isPing) forms.push(form(stanza));
  });
  return forms;
}

const says = (priority = 0): Do => ({ do: 'presence', priority });

function login(at: number, device: string, whats: Do[], managed = false): Event {
  const steps = whats.map(what => ({ gap: 0, what }));
  return { at, is: 'login', device, login: { managed, purges: false, latency: 1, steps } };
}

function write(at: number, device: string, to: string, token: number): Event {
  return { at, is: 'does', device, what: { do: 'write', token, to, hasId: true, lag: 0 } };
}

test('transcript 01: what mod_offline kept comes between the presence and its echo', async () => {
  const events = [
    login(0, ALICE, [says()]),
    ...[360, 711, 1062].map((at, n) => write(at, ALICE, `bob@${VHOST}`, n)),
    login(1900, PHONE, [says()]),
  ];
  assert.deepEqual(await modelled(events, 3000), real('01-offline-flush', 3000));
});

test('transcript 03: what a dead session did not acknowledge bounces when its time is over', async () => {
  const events: Event[] = [
    login(0, PHONE, [says()], true),
    login(0, ALICE, []),
    { at: 353, is: 'leave', device: PHONE, how: 'reset' },
    write(704, ALICE, `bob@${VHOST}`, 1),
    login(7204, PHONE, [says()]),
  ];
  assert.deepEqual(await modelled(events, 8000), real('03-zombie-bounce', 8000));
});

test('transcript 05: two devices of one priority get copies alike, and carbons of the rest', async () => {
  const events: Event[] = [
    login(0, ALICE, [{ do: 'carbons' }, says()]),
    login(356, PHONE, [{ do: 'carbons' }, says()]),
    login(710, LAPTOP, [{ do: 'carbons' }, says()]),
    write(1065, ALICE, `bob@${VHOST}`, 1),
    write(1415, ALICE, PHONE, 2),
    write(1765, PHONE, `alice@${VHOST}`, 3),
  ];
  assert.deepEqual(await modelled(events, 2000), real('05-two-devices-same-priority', 2000));
});

test('transcript 06: the device of the lower priority gets carbons', async () => {
  const events: Event[] = [
    login(0, PHONE, [{ do: 'carbons' }, says(5)]),
    login(350, LAPTOP, [{ do: 'carbons' }, says()]),
    login(360, ALICE, []),
    write(707, ALICE, `bob@${VHOST}`, 1),
    { at: 1057, is: 'leave', device: PHONE, how: 'closes' },
    write(1458, ALICE, `bob@${VHOST}`, 2),
  ];
  assert.deepEqual(await modelled(events, 2000), real('06-two-devices-different-priority', 2000));
});

test('transcript 10: a room shows itself to who joins, stamps what is said, and tells who is out', async () => {
  const join = (room: string): Do => ({ do: 'join', room, history: null });
  const events: Event[] = [
    login(0, ALICE, [join(ROOM)]),
    login(355, PHONE, [says(), join(ROOM)]),
    write(710, ALICE, ROOM, 1),
    { at: 1061, is: 'leave', device: PHONE, how: 'closes' },
  ];
  const seen = await modelled(events, 1500, { rooms: [ROOM] });
  const shown = real('10-rooms', 1500).filter(line => !line.startsWith('iq'));
  assert.deepEqual(named(seen), named(shown));
});

/** In any order; nicks differ, and a room that alice has made says so once (201). */
function named(lines: string[]): string[] {
  return lines
    .map(line =>
      line
        .replaceAll(`${ROOM}/alice-alpha-test-pc`, `${ROOM}/alice`)
        .replaceAll(`${ROOM}/bob-alpha-test-phone`, `${ROOM}/bob`),
    )
    .map(line => line.replace('codes 201,110', 'codes 110'))
    .sort();
}
