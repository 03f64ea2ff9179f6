import { overLines, ROSTER, suite } from './stage.js';

suite('a privacy list that lets contacts through and nobody else', stage => {
  overLines('what only the spool has is replayed, once', async delay => {
    const { alice, bob } = await stage.people();
    const [contact = ''] = alice.jid.split('/');
    const [user, host] = bob.split('@');
    await stage.server.call('add_rosteritem', {
      localuser: user,
      localserver: host,
      user: contact.split('@')[0],
      server: host,
      nick: 'alice',
      group: '',
      subs: 'both',
    });
    const setting = await stage.bind(`${bob}/setting`);
    const items = `<item type='subscription' value='both' action='allow' order='1'/><item action='deny' order='2'/>`;
    const privacy = (inside: string) => `<query xmlns='jabber:iq:privacy'>${inside}</query>`;
    await setting.request('set', privacy(`<list name='contacts'>${items}</list>`));
    await setting.request('set', privacy(`<default name='contacts'/>`));
    await setting.close();
    const written = await stage.waiting(alice, bob, 3);
    await stage.emptyOfflineQueue(bob);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    phone.presence();
    const live = stage.write(alice, bob, 1);
    await stage.has(phone, live); // so the list lets her through
    await stage.eachOnce(bob, [...written, ...live], phone);
  });
});
