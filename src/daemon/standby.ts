import { systemClock } from '../replay/clock.js';
import { LastingReader } from '../spool/lasting-reader.js';
import type { News } from '../standby/news.js';
import { type Actor, Standby } from '../standby/standby.js';
import { bareOf, parseJid } from '../xmpp/jid.js';
import type { Started, Wanted } from './started.js';

/** Tells another respool, where there is one, what it cannot see. */
export interface Telling {
  tell(news: News): void;
}

type Beside = Pick<Started, 'stream' | 'spool' | 'presence' | 'replay' | 'intake'> & {
  /** What was kept back of an account, a device or a domain goes on. */
  goesOn(jid: string): void;
};

/**
 * @param peer the other respool's domain
 * @param actors who do what one of two respools does alone, in the order of the way of a stanza
 */
export function standbyOf(
  { config, log }: Wanted,
  peer: string,
  beside: Beside & { actors: readonly Actor[] },
): Standby {
  const { stream, spool, presence, replay, actors } = beside;
  const reader = new LastingReader(config.spool.path);
  for (const actor of actors) actor.watch();
  return new Standby({
    clock: systemClock,
    ...{ domain: config.component.domain, peer, spool },
    send: text => stream.send(text),
    source: {
      structure: () => reader.use(one => one.structure()),
      queue: () => reader.use(one => one.queue()),
      ids: () => reader.use(one => one.ids()),
      pendingOf: ids => reader.use(one => one.pendingOf(ids)),
      held: async ids => (await spool.ask({ ask: 'held', ids })) ?? [],
      sessions: () => presence.directory.list(systemClock.now()),
    },
    awaitBooks: () => replay.interim.begin(),
    booksAreHere: () => replay.interim.end(),
    inherit: sessions => replay.inherit(sessions),
    hold: held => replay.hold(held),
    hear: news => hear(news, beside),
    pending: () => pendingIn(reader),
    act: () => {
      for (const actor of actors) actor.act();
    },
    watch: () => {
      for (const actor of actors.toReversed()) actor.watch();
    },
    close: () => reader.close(),
    note: line => log.info(line),
  });
}

/** What the other respool was shown is done here too. */
function hear(news: News, { replay, intake, spool, goesOn }: Beside): void {
  switch (news.is) {
    case 'gone': {
      const jid = parseJid(news.jid);
      if (jid !== null) replay.wasToldGone(jid, news.age);
      return;
    }
    case 'arrived':
      for (const { sender, recipient: from, stanzaId } of news.messages) {
        // as if its recipient had said so
        const account = bareOf(sender);
        spool.tell({ do: 'remote-receipt', account, from, stanzaId, at: systemClock.date() });
      }
      return;
    case 'pushed':
      return intake.readPushed(news.stanza);
    case 'on-hold':
      return void spool.ask({ ask: 'put-on-hold', jid: news.jid, by: news.by, at: systemClock.date() });
    case 'released':
      return void spool.ask({ ask: 'release-hold', jid: news.jid, at: systemClock.date() }).then(done => {
        if (done === true) goesOn(news.jid);
      });
  }
}

/** null: it cannot be read now; the daemon itself says so where the spool does not work. */
function pendingIn(reader: LastingReader): number | null {
  try {
    return reader.use(spool => spool.stats().pending);
  } catch {
    return null;
  }
}
