import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Asked, checkDns, type Whereabouts, whereIs } from '../../src/cli/check/dns.js';

const DOMAIN = 'respool.example.org';
const none = async () => {
  throw Object.assign(new Error(), { code: 'ENOTFOUND' });
};
const late = async () => {
  throw Object.assign(new Error(), { code: 'ETIMEOUT' });
};
/** A DNS that knows no name but by what is given. */
const dns = (knows: Partial<Record<keyof Asked, unknown>>) =>
  ({
    resolve4: none,
    resolve6: none,
    resolveSrv: none,
    cancel: () => undefined,
    ...knows,
  }) as unknown as Asked;

test('where a name leads to: addresses, services, nowhere, or not known', async () => {
  assert.deepEqual(await whereIs(DOMAIN, 1_000, dns({})), { is: 'nowhere' });
  assert.deepEqual(await whereIs(DOMAIN, 1_000, dns({ resolve4: async () => ['192.0.2.1'] })), {
    is: 'somewhere',
    at: ['192.0.2.1'],
  });
  const asked: string[] = [];
  const resolveSrv = async (name: string) => {
    asked.push(name);
    return [{ name: name.includes('xmpps') ? '' : 'xmpp.example.net' }];
  };
  assert.deepEqual(await whereIs(DOMAIN, 1_000, dns({ resolveSrv })), {
    is: 'somewhere',
    at: ['xmpp.example.net'],
  });
  assert.deepEqual(asked, [`_xmpp-server._tcp.${DOMAIN}`, `_xmpps-server._tcp.${DOMAIN}`]);
  assert.deepEqual(await whereIs(DOMAIN, 1_000, dns({ resolve6: late })), { is: 'unknown', why: 'ETIMEOUT' });
  const resolve4 = async (name: string) => [name];
  assert.deepEqual(await whereIs('bücher.example', 1_000, dns({ resolve4 })), {
    is: 'somewhere',
    at: ['xn--bcher-kva.example'],
  });
});

test('a DNS that does not answer is not waited for', async () => {
  let cancel: (reason: Error) => void = () => undefined;
  const resolve4 = () => new Promise<string[]>((_resolve, reject) => (cancel = reject));
  const silent = dns({ resolve4, cancel: () => cancel(Object.assign(new Error(), { code: 'ECANCELLED' })) });
  assert.deepEqual(await whereIs(DOMAIN, 1, silent), { is: 'unknown', why: 'ECANCELLED' });
});

describe('what follows for the copies', () => {
  const own = new Set(['127.0.0.1', '192.0.2.1']);
  const found = (whereabouts: Whereabouts, barred: boolean | null = null, rule?: string) =>
    checkDns(DOMAIN, whereabouts, barred, rule, own);
  const elsewhere: Whereabouts = { is: 'somewhere', at: ['192.0.2.1', '198.51.100.7'] };

  test('they could leave the host: a warning, with the rule to paste', () => {
    const { level, text, means, remedy } = found(elsewhere);
    assert.equal(level, 'warning');
    assert.equal(text, 'respool.example.org leads to 198.51.100.7 by DNS');
    assert.match(means ?? '', /sends the copies there/);
    assert.match(
      remedy ?? '',
      /acl: \{respool: \{server: respool\.example\.org\}\}, access_rules: \{s2s: \[\{deny: respool\}, \{allow: all\}\]\}, s2s_access: s2s/,
    );
    assert.match(
      found(elsewhere, false, 'trusted').remedy ?? '',
      /\{deny: respool\} as the first of access_rules: trusted/,
    );
  });

  test('nothing to do where the file forbids it, the name is of this machine, or there is none', () => {
    assert.equal(found(elsewhere, true).level, 'ok');
    assert.equal(found({ is: 'somewhere', at: ['127.0.0.1'] }).level, 'ok');
    assert.equal(found({ is: 'nowhere' }).level, 'ok');
    assert.equal(found({ is: 'unknown', why: 'ETIMEOUT' }).level, 'skipped');
  });
});
