import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasSlot } from '../../src/spool/slots.js';
import { ALICE, Scene } from '../replay/scene.js';

/**
 * Bob has a phone and a laptop, which respool knows. A line says what he does with them, in order; which copies of one
 * message then come, for ejabberd copies its sending, and once more for each session that takes it; who has it a minute
 * later by that, and who may have it (`laptop?`), so that it is kept from him until that is known; and who is sent it by
 * respool, which knows that he lacks it. Who stands in neither column is owed it.
 *
 * What they do: `phone 5` shows its presence with this priority; `phone acts` without having shown one; `phone logs in`
 * asks for its roster, before its presence; `phone sleeps`, its session waits to be resumed; `phone wakes`, it answers
 * what it was last asked; `phone dies`, and nobody is told; `restart`, respool is ended and begun again; `phone is told
 * of`, somebody is told that it has ended, and yet it answers; `phone is slow`, it answers pings after ten seconds;
 * `laptop just came`, it shows its presence in the moment before the copies come; `laptop just logs in`, it asks for its
 * roster then; `laptop is registered late`, it just came, and a busy server takes half a second to know it.
 * `two floods`: the message was in the queue twice.
 */
const TABLE = `
  what bob does                            | what comes                         | who has it   | who is sent it

  phone 5                                  | a copy to bob                      | phone        |
  phone 5, laptop 0                        | a copy to bob                      | phone        | laptop
  phone 0, laptop 0                        | two copies to bob                  | phone laptop |
  phone 0, laptop -1                       | a copy to bob                      | phone        |
  phone 5, laptop 0                        | a copy to laptop                   | laptop       | phone
  phone 5, laptop 0                        | a copy to bob, a carbon to laptop  | phone laptop |
  phone 5, laptop 0                        | a sending to bob                   |              | phone laptop
  phone 0, laptop 0                        | its own to bob                     | phone laptop |

  phone acts                               | a copy to bob                      | phone        |
  phone logs in                            | a copy to bob                      |              |
  phone acts, laptop acts                  | two copies to bob                  | phone laptop |
  phone acts, laptop 0                     | a copy to bob                      | laptop       | phone

  phone 0, laptop 0                        | a copy to bob                      |              | phone laptop
  phone 0, laptop 0, laptop dies           | a copy to bob                      | phone        |
  phone 5, laptop 0, phone dies            | a copy to bob                      |              | laptop
  phone 5, laptop 0, phone sleeps          | a copy to bob                      | phone        | laptop
  phone 0, laptop 0, phone sleeps          | two copies to bob                  | phone laptop |
  phone 0, laptop 0, phone sleeps          | a copy to bob                      |              | laptop

  phone 0, laptop just came                | a copy to bob                      | phone        | laptop
  phone 0, laptop just came                | two copies to bob                  | phone laptop |
  phone 0, phone dies, laptop just came    | a copy to bob                      |              | laptop
  phone 0, a minute, phone dies, laptop just came | a copy to bob               | laptop       |
  phone 0, phone sleeps, laptop just came  | a copy to bob                      | phone        | laptop
  phone just came, laptop just came        | a copy to bob                      | phone        | laptop
  phone 0, phone is told of, laptop just came | a copy to bob                   |              | phone laptop
  phone 0, laptop 0, phone is told of      | a copy to bob                      | laptop       | phone
  phone 0, phone is told of, laptop just came | two copies to bob               | phone laptop |
  phone 0, laptop is registered late       | a copy to bob                      | phone        | laptop

  phone 0                                  | a copy to laptop                   | phone        |
  phone 0                                  | a copy to laptop, laptop logs in   |              | phone

  phone 0, laptop just logs in             | a copy to laptop, laptop just came |              | phone laptop
  phone 0, laptop logs in                  | a copy to laptop, laptop just came | laptop       | phone
  phone dies, laptop just logs in          | a copy to laptop, laptop just came | laptop       |

  phone 0                                  | a flood to bob                     | phone        |
  laptop 0, phone 0                        | a flood to bob                     |              | phone laptop
  laptop 0, a minute, phone 0              | a flood to bob                     | phone        | laptop
  laptop 0, phone 0                        | a flood of two copies to bob       | phone laptop |
  laptop 0, a second, phone just came      | a flood of two copies to bob       | phone laptop |
  laptop 0, a minute, phone 0              | two floods to bob                  | phone        | laptop
  laptop 0, phone 5                        | a flood to laptop                  | laptop       | phone
  laptop 0, a minute, phone 0              | a flood to laptop                  | laptop       | phone
  laptop acts, phone 0                     | a flood to laptop                  | laptop       | phone
  laptop 0, laptop dies, a minute, phone 0 | a flood to laptop                  | phone        |
  laptop 0, a minute, laptop dies, phone just came | a flood to laptop          |              | phone
  phone 0, phone dies, a minute, laptop 5  | a flood to phone                   | laptop       |
  laptop logs in, phone just came          | a flood to laptop, laptop just came |             | phone laptop
  laptop just logs in, phone just came     | a flood to laptop, laptop just came |             | phone laptop
  phone just came, laptop just logs in     | a flood to laptop, laptop just came |             | phone laptop
  laptop just came, phone just came        | a flood to laptop                  |              | phone laptop
  laptop logs in, a second, phone just came | a flood to laptop, laptop just came |            | phone laptop
  laptop acts, a minute, phone just came   | a flood to laptop                  | laptop       | phone

  phone 5, laptop 0, restart               | a copy to bob                      | phone        | laptop
  phone is slow, phone 5, laptop 0, restart | a copy to bob                     | phone        | laptop
  phone is slow, phone 0, laptop 0, restart | two copies to bob                 | phone laptop |
  phone is slow, phone 0, laptop 0, restart | a copy to bob                      | laptop       | phone
  phone is slow, phone 5, laptop 0, restart | a copy to laptop                  | laptop       | phone
  laptop is slow, phone 5, laptop 0, restart | a copy to bob                    | phone        | laptop
  phone 5, laptop 0, phone dies, restart   | a copy to bob                      | laptop       |
  phone 5, laptop 0, phone sleeps, restart | a copy to bob                      | laptop?      |
  phone 5, laptop 0, phone sleeps, restart | a copy to bob, phone wakes         | phone        | laptop
  phone 0, laptop 0, phone sleeps, restart | two copies to bob, phone wakes     | phone laptop |
`;

const BOB = 'bob@alpha.test';
const DEVICES = ['phone', 'laptop'];
/** Acts that take a moment. */
const QUICK = /^(sleeps|dies|is told of|just came|just logs in|is registered late)$/;
const COUNT: Record<string, number> = { 'a sending': 0, 'a copy': 1, 'two copies': 2 };

/** The second, in its stamp, of each copy of what comes out of the queue. */
const FLOODS: Record<string, string> = { 'a flood': '1', 'a flood of two copies': '11', 'two floods': '12' };

function offlineStamp(second: string): string {
  const stamp = `2026-11-23T04:42:2${second}Z`;
  return `<delay xmlns='urn:xmpp:delay' from='alpha.test' stamp='${stamp}'>Offline storage</delay>`;
}

/** Where a device of the table, or bob, is written to. */
function jidOf(name: string): string {
  return name === 'bob' ? BOB : `${BOB}/${name}`;
}

/** The message, with something more in it. */
function message(to: string, more = '', from = ALICE): string {
  return `<message from='${from}' to='${to}' type='chat' id='m'><body>hello</body>${more}</message>`;
}

/** Bob with his two devices, in the words of the table. */
class Stage {
  #scene = new Scene();
  readonly #slow = new Set<string>();
  #registersLate = '';

  /** His devices have been seen more than once. */
  async begin(): Promise<void> {
    for (const jid of DEVICES.flatMap(name => [jidOf(name), jidOf(name)])) {
      this.#scene.login(jid);
      await this.#scene.clock.pass(10_000);
      this.#scene.goes(jid);
      this.#scene.fates[jid] = 'returned';
    }
  }

  async does(what: string): Promise<void> {
    const scene = this.#scene;
    if (what === 'a minute') return scene.clock.pass(60_000);
    if (what === 'a second') return scene.clock.pass(1_000);
    if (what === 'restart') return this.#restart();
    const [name = '', ...words] = what.split(' ');
    const [jid, act] = [jidOf(name), words.join(' ')];
    const isQuick = QUICK.test(act);
    if (isQuick) await scene.clock.pass(1);
    if (act === 'acts') scene.acts(jid);
    else if (act === 'logs in' || act === 'just logs in') scene.asksRoster(jid);
    else if (act === 'sleeps') scene.fates[jid] = 'silent';
    else if (act === 'dies') scene.fates[jid] = 'returned';
    else if (act === 'wakes') this.#wakes(jid);
    else if (act === 'is told of') scene.told(jid);
    else if (act === 'is slow') this.#slow.add(jid);
    else scene.login(jid, Number.isNaN(Number(act)) ? 0 : Number(act));
    if (act === 'is registered late') {
      await scene.clock.pass(500);
      this.#registersLate = jid;
    }
    if (!isQuick) await scene.clock.pass(200);
  }

  /** Copies come, and a minute passes. */
  async comes(what: string): Promise<void> {
    for (const one of what.split(', ')) {
      const [, how = '', to = ''] = /^(.*) to (.*)$/.exec(one) ?? [];
      if (to === '') await this.does(one);
      else this.#copy(how, jidOf(to));
    }
    const late = this.#registersLate;
    if (late !== '') this.#scene.copy(`<presence from='${late}' to='${late}'/>`);
    await this.#pass(60_000);
  }

  #copy(how: string, to: string): void {
    const scene = this.#scene;
    const receptions = COUNT[how];
    if (how === 'a carbon') {
      const inner = message(BOB).replace('<message', "<message xmlns='jabber:client'");
      const forwarded = `<forwarded xmlns='urn:xmpp:forward:0'>${inner}</forwarded>`;
      const carbon = `<received xmlns='urn:xmpp:carbons:2'>${forwarded}</received>`;
      scene.copy(`<message from='${BOB}' to='${to}' type='chat'>${carbon}</message>`);
    } else if (how in FLOODS) {
      scene.copy(message(to));
      for (const second of FLOODS[how] as string) scene.copy(message(to, offlineStamp(second)));
    } else if (how === 'its own') {
      for (let copy = 0; copy <= 2; copy++) scene.copy(message(to, '', jidOf('phone')));
    } else for (let copy = 0; copy <= (receptions ?? 0); copy++) scene.copy(message(to));
  }

  async #restart(): Promise<void> {
    await this.#scene.clock.pass(60_000);
    const before = this.#scene;
    this.#scene = new Scene({ after: before, start: before.clock.date() });
    Object.assign(this.#scene.fates, before.fates);
    for (const jid of this.#slow) this.#scene.fates[jid] = 'silent';
    this.#scene.replay.online();
    await this.#scene.clock.pass(100);
  }

  #wakes(jid: string): void {
    this.#scene.fates[jid] = 'answered';
    this.#scene.answerLast(jid);
  }

  async #pass(ms: number): Promise<void> {
    await this.#scene.clock.pass(10_000);
    for (const jid of this.#slow) this.#wakes(jid);
    await this.#scene.clock.pass(ms - 10_000);
  }

  get isSentIt(): string[] {
    return DEVICES.filter(name => this.#scene.got(jidOf(name)).includes('m'));
  }

  /** They hold it, or have proved that they do, by what the server brought. */
  get haveIt(): string[] {
    return DEVICES.flatMap(name => {
      if (this.isSentIt.includes(name)) return [];
      if (!this.#holds(name)) return this.#isOwed(name) ? [] : name;
      const isAnswering = this.#scene.fates[jidOf(name)] === 'answered'; // and yet no ping proves it
      return isAnswering ? `${name}?` : name;
    });
  }

  #isOwed(name: string): boolean {
    const { db } = this.#scene;
    const slot = db.prepare('SELECT slot FROM device WHERE resource = ?').pluck().get(name) as number;
    const owed = db.prepare("SELECT owed FROM message WHERE stanza_id = 'm'").pluck().get() as
      | number
      | undefined;
    return owed !== undefined && hasSlot(owed, slot);
  }

  #holds(name: string): boolean {
    const { db, sessions, spool } = this.#scene;
    const session = sessions.of(BOB).find(({ jid }) => jid.resource === name)?.key;
    const id = db.prepare("SELECT id FROM message WHERE stanza_id = 'm'").pluck().get() as number | undefined;
    if (session === undefined || id === undefined) return false;
    const [place] = spool.apply([{ ask: 'place', session, id, room: null }]) as [{ held: boolean }];
    return place.held;
  }
}

for (const line of TABLE.split('\n').slice(3)) {
  const [does = '', comes = '', has = '', isSent = ''] = line.split('|').map(cell => cell.trim());
  if (does === '') continue;
  test(`${does}; ${comes}`, async () => {
    const stage = new Stage();
    await stage.begin();
    for (const one of does.split(', ')) await stage.does(one);
    await stage.comes(comes);
    assert.deepEqual({ has: stage.haveIt.join(' '), isSent: stage.isSentIt.join(' ') }, { has, isSent });
  });
}
