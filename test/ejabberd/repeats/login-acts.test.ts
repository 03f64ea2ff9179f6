import { setTimeout as sleep } from 'node:timers/promises';
import { CARBONS, overLines, ROSTER, suite } from './stage.js';

const OFFLINE = 'http://jabber.org/protocol/offline';

suite('what mod_offline brings comes once', stage => {
  for (const [what, type, act] of [
    ['the roster is asked for', 'get', ROSTER],
    ['carbons are enabled', 'set', CARBONS],
  ] as const) {
    for (const gap of [0, 30, 120]) {
      overLines(`when ${what} ${gap} ms after the presence`, async delay => {
        const { alice, bob } = await stage.people();
        const written = await stage.waiting(alice, bob, 5);
        const phone = await stage.bind(`${bob}/phone`, delay);
        phone.presence();
        await sleep(gap); // the client's habit is what is tested
        await phone.request(type, act);
        await stage.eachOnce(bob, written, phone);
      });
    }
  }

  overLines('when a device never seen before asks for the roster after its presence', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const tablet = await stage.bind(`${bob}/tablet`, delay);
    tablet.presence();
    await tablet.request('get', ROSTER);
    await stage.has(tablet, written);
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence();
    await phone.request('get', ROSTER);
    await stage.eachOnce(bob, written, phone, tablet);
  });

  overLines('when the presence is sent twice, equal, 0.3 s apart', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    phone.presence();
    await sleep(300); // as profanity does
    phone.presence();
    await stage.eachOnce(bob, written, phone);
  });

  overLines('when the device says in the middle that one of its contacts sees it no more', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    phone.presence();
    phone.send(`<presence to='${alice.jid}' type='unavailable'/>`);
    await stage.eachOnce(bob, written, phone);
  });

  overLines('when the device binds and shows its presence 11 s later', async delay => {
    const { alice, bob } = await stage.people();
    const written = await stage.waiting(alice, bob, 5);
    const phone = await stage.bind(`${bob}/phone`, delay);
    await phone.request('get', ROSTER);
    await sleep(11_000); // respool takes a session for one that sends no presence after 10 s
    phone.presence();
    await stage.eachOnce(bob, written, phone);
  });

  for (const purges of [true, false]) {
    const then = purges ? ' and purged' : '';
    overLines(`when the device has fetched${then} it before its presence (XEP-0013)`, async delay => {
      const { alice, bob } = await stage.people();
      const written = await stage.waiting(alice, bob, 5);
      const phone = await stage.bind(`${bob}/phone`, delay);
      // after this question ejabberd does not flood; what is fetched then it returns to its sender, for nobody is available
      await phone.request('get', `<query xmlns='http://jabber.org/protocol/disco#info' node='${OFFLINE}'/>`);
      await phone.request('get', `<offline xmlns='${OFFLINE}'><fetch/></offline>`);
      if (purges) await phone.request('set', `<offline xmlns='${OFFLINE}'><purge/></offline>`);
      phone.presence();
      await stage.eachOnce(bob, written, phone);
    });
  }
});

suite('what comes live comes once', stage => {
  overLines('when the device says in mid-session that a contact sees it no more', async delay => {
    const { alice, bob } = await stage.people();
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence();
    await stage.there(bob);
    const early = stage.write(alice, bob, 5);
    phone.send(`<presence to='${alice.jid}' type='unavailable'/>`);
    await alice.flush();
    const late = stage.write(alice, bob, 5);
    await stage.eachOnce(bob, [...early, ...late], phone);
  });

  overLines('when the equal presence is sent again in mid-session', async delay => {
    const { alice, bob } = await stage.people();
    const phone = await stage.bind(`${bob}/phone`, delay);
    phone.presence();
    await stage.there(bob);
    const early = stage.write(alice, bob, 5);
    await alice.flush();
    phone.presence();
    const late = stage.write(alice, bob, 5);
    await stage.eachOnce(bob, [...early, ...late], phone);
  });
});
