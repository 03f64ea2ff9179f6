import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SpoolClient } from '../../src/spool/client.js';
import { openSpool } from '../../src/spool/open-for-writing.js';
import { LIMITS, message } from '../spool/made.js';
import { Way } from '../way.js';

/** Long texts that strangers choose, in a process of its own: it prints how much memory it had at most, in bytes. */

const LENGTH = 250_000;
/** So many texts are more than may be kept. */
const MANY = 1_200;
const MUC = 'http://jabber.org/protocol/muc';
const folder = mkdtempSync(join(tmpdir(), 'respool-strangers-'));
const path = join(folder, 'spool.db');

/** Each another one. */
const long = (n: number) => `${n}`.padEnd(LENGTH, 'x');
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const jidOf = (n: number) => `user${n}@alpha.test/phone`;
/** The way of a stanza, on a spool in a file. */
const onDisk = () => new Way({ after: { db: openSpool(path) } as Way });

function joins(way: Way, jid: string, room: string): void {
  way.copy(`<presence from='${jid}'/>`);
  way.copy(`<presence from='${jid}' to='${room}/n'><x xmlns='${MUC}'/></presence>`);
  way.copy(
    `<presence from='${room}/n' to='${jid}'><x xmlns='${MUC}#user'><status code='110'/></x></presence>`,
  );
}

const SCENES: Record<string, () => void | Promise<void>> = {
  /** A room, or who says that he is one, gives its messages long ids. */
  'room-ids'() {
    const way = onDisk();
    way.copy(`<presence from='${jidOf(0)}'/>`);
    for (const n of numbers(MANY)) {
      const id = `<stanza-id xmlns='urn:xmpp:sid:0' by='r@evil.test' id='${long(n)}'/>`;
      way.copy(
        `<message from='r@evil.test/e' to='${jidOf(0)}' type='groupchat' id='${n}'><body>x</body>${id}</message>`,
      );
    }
  },

  async presences() {
    const way = onDisk();
    for (const n of numbers(600)) {
      way.copy(`<presence from='${jidOf(n)}'><status>${long(n)}</status></presence>`);
      way.copy(`<iq from='${jidOf(n)}' type='set' id='${long(n)}'><query xmlns='urn:xmpp:mam:2'/></iq>`);
    }
  },

  /** Events that users send to the component themselves. */
  pretended() {
    const way = onDisk();
    for (const n of numbers(MANY)) {
      way.copy(
        `<message from='${jidOf(0)}' to='respool.alpha.test' id='${long(n)}'><body>x</body></message>`,
      );
    }
  },

  async archives() {
    const way = onDisk();
    const rooms = ['a', 'b', 'c'].map(name => `${name}@evil.test`);
    for (const room of rooms) {
      joins(way, jidOf(0), room);
      way.copy(`<message from='${room}/e' to='${jidOf(0)}' type='groupchat' id='1'><body>x</body></message>`);
    }
    way.copy(`<presence from='${jidOf(0)}' type='unavailable'/>`);
    await way.clock.pass(60_000);
    for (const room of rooms) joins(way, jidOf(0), room);
    await way.clock.pass(1);
    for (const n of numbers(MANY / 3)) {
      for (const { attrs } of way.queries.slice(-rooms.length)) {
        const said = `<message xmlns='jabber:client' from='${attrs.to}/e' type='groupchat' id='${n}'><body>${long(n)}</body></message>`;
        const stamp = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-25T00:00:00Z'/>";
        way.direct(
          `<message from='${attrs.to}' to='respool.alpha.test'><result xmlns='urn:xmpp:mam:2' id='${n}' queryid='${attrs.id}'>` +
            `<forwarded xmlns='urn:xmpp:forward:0'>${stamp}${said}</forwarded></result></message>`,
        );
      }
    }
  },

  async replay() {
    const client = await SpoolClient.open({ path, limits: { ...LIMITS, maxPerAccount: 10_000 } });
    for (const n of numbers(400)) {
      client.tell({ do: 'store', message: message(n, { payload: `<body>${long(n)}</body>` }) });
      await client.ask({ ask: 'habits', session: 1 });
    }
    client.tell({
      ...{ do: 'arrive', session: 1, account: 'bob@example.org', resource: 'phone', device: true },
      ...{ priority: 0, anew: true, at: 1 },
    });
    client.tell({ do: 'mark', session: 1, ping: 1 });
    client.tell({ do: 'prove', session: 1, ping: 1, groups: [], at: 1, took: 1 });
    const ask = { session: 1, groups: [1, 2, 3, 4], limit: 100, at: 1 };
    const taken = (await client.ask({ ask: 'take', ...ask }))?.flat().length;
    if (taken === undefined || taken === 0 || taken > 20) throw new Error(`${taken} taken at once`);
    await client.close();
  },

  /** Somebody else writes to the spool, and does not end. */
  async backlog() {
    const client = await SpoolClient.open({ path, limits: LIMITS });
    let lost = 0;
    client.on('lost', count => {
      lost += count;
    });
    const failing = new Promise(resolve => client.once('failing', resolve));
    const other = new Database(path);
    other.exec('BEGIN IMMEDIATE');
    client.tell({ do: 'store', message: message(0) });
    await failing;
    for (const n of numbers(MANY)) {
      client.tell({ do: 'store', message: message(n, { payload: `<body>${long(n)}</body>` }) });
    }
    if (lost < MANY - 1_000 || lost > MANY - 100) throw new Error(`${lost} lost`);
    other.exec('ROLLBACK');
    other.close();
    await client.close();
  },
};

try {
  await SCENES[process.argv[2] ?? '']?.();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(process.resourceUsage().maxRSS * 1024);
