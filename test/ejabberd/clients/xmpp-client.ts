import { client, xml } from '@xmpp/client';
import type { Element } from '@xmpp/component';
import { parseJid } from '../../../src/xmpp/jid.js';

/**
 * An application on @xmpp/client. Prints what happens, as lines of JSON.
 * `xmpp-client.js SERVICE JID ACT...`: after its presence it does each of roster, carbons and room=JID, in this order.
 */
const [service = '', jid, ...acts] = process.argv.slice(2);
const { local = '', domain = '', resource = '' } = parseJid(jid) ?? {};
const MUC = 'http://jabber.org/protocol/muc';
const tell = (event: object) => console.log(JSON.stringify(event));

const xmpp = client({ service, domain, resource, username: local, password: 'secret' });
xmpp.on('error', error => console.error(error)); // it connects again
xmpp.on('stanza', (stanza: Element) => {
  const body = stanza.name === 'message' ? stanza.getChildText('body') : null;
  if (body !== null) tell({ event: 'message', body });
});
xmpp.on('online', async () => {
  await xmpp.send(xml('presence'));
  for (const act of acts) await perform(act);
  tell({ event: 'ready' });
});
await xmpp.start();

async function perform(act: string): Promise<void> {
  const [name, room = ''] = act.split('=');
  if (name === 'roster') await xmpp.iqCaller.get(xml('query', { xmlns: 'jabber:iq:roster' }));
  else if (name === 'carbons') await xmpp.iqCaller.set(xml('enable', { xmlns: 'urn:xmpp:carbons:2' }));
  else await enter(room);
}

/** Joins a room, and waits until its history has come, which the subject ends. */
async function enter(room: string): Promise<void> {
  const entered = new Promise<void>(resolve => {
    xmpp.on('stanza', (stanza: Element) => {
      if (stanza.attrs.from === room && stanza.getChild('subject') !== undefined) resolve();
    });
  });
  await xmpp.send(xml('presence', { to: `${room}/${local}` }, xml('x', { xmlns: MUC })));
  await entered;
}
