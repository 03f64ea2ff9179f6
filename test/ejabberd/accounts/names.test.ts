import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { NAMEPREP, NODEPREP, type Profile, prepare, RESOURCEPREP } from '../../../src/xmpp/stringprep.js';
import { Random } from '../../bench/random.js';
import { NAMES, REFUSED } from '../../xmpp/names.js';
import { scene } from '../scene.js';

const PROFILES = { nodeprep: NODEPREP, nameprep: NAMEPREP, resourceprep: RESOURCEPREP };
/** Scripts in which much happens to names: Latin, marks, Greek, Hebrew and Arabic, Georgian, Hangul, letters like letters. */
const BLOCKS = [
  [0x61, 0x24f],
  [0x300, 0x345],
  [0x370, 0x3ff],
  [0x590, 0x6ff],
  [0x10a0, 0x10ff],
  [0x1100, 0x11a2],
  [0x1e00, 0x1fff],
  [0x2100, 0x218f],
  [0xfb00, 0xfeff],
  [0x1d400, 0x1d7ff],
] as const;

describe('names', () => {
  const stage = scene();

  /** What Erlang makes of texts, as hex of UTF-8; null for what is none. */
  async function ask(texts: readonly string[], call: string): Promise<(string | null)[]> {
    const binaries = texts.map(text => `<<${[...Buffer.from(text)].join()}>>`).join();
    const answer = await stage.server.evaluate(`[${call} || S <- [${binaries}]]`);
    const hex = answer.match(/"[0-9A-F]*"|none/g) ?? [];
    return hex.map(one => (one === 'none' ? null : Buffer.from(one.slice(1, -1), 'hex').toString()));
  }
  const HEX = (value: string) =>
    `(fun(B) when is_binary(B) -> binary_to_list(binary:encode_hex(B)); (_) -> none end)(${value})`;

  test('JIDs: what ejabberd makes of each, for clients, rooms and other servers', async () => {
    const jid = HEX('(catch jid:encode(jid:tolower(jid:decode(S))))');
    const seen = await ask(
      NAMES.map(([one]) => one),
      jid,
    );
    assert.deepEqual(
      seen,
      NAMES.map(([, normal]) => normal),
    );
    const others = await ask(REFUSED, jid);
    assert.ok(others.every(one => one !== null));
  });

  for (const [name, profile] of Object.entries(PROFILES)) {
    test(`${name} of each character is ejabberd's`, async () => {
      const answer = await stage.server.evaluate(`
        Prep = fun(C, H) -> R = case stringprep:${name}(<<C/utf8>>) of error -> <<"!">>; B -> B end,
          crypto:hash_update(H, [R, 10]) end,
        Of = fun(Codes) -> binary_to_list(binary:encode_hex(crypto:hash_final(
          lists:foldl(Prep, crypto:hash_init(sha256), Codes)))) end,
        Basic = lists:seq(1, 16#d7ff) ++ lists:seq(16#e000, 16#ffff),
        {Of(Basic), Of(Basic ++ lists:seq(16#10000, 16#10ffff))}`);
      const [basic, all] = [digestOf(profile, 0xffff), digestOf(profile, 0x10ffff)];
      assert.equal(answer.toLowerCase(), `{"${basic}",\n "${all}"}`);
    });

    test(`${name} of three thousand texts made at random`, async () => {
      const texts = randomTexts(3_000);
      const seen = await ask(texts, HEX(`stringprep:${name}(S)`));
      const refused: string[] = [];
      texts.forEach((text, n) => {
        const own = prepare(text, profile);
        // three marks and more in a row, see stringprep.ts
        if (own === null && seen[n] !== null) refused.push(text);
        else assert.equal(own, seen[n], JSON.stringify(text));
      });
      assert.ok(
        refused.every(text => /\p{Mark}{3}/u.test(text.normalize('NFKD'))),
        JSON.stringify(refused),
      );
    });
  }
});

function digestOf(profile: Profile, last: number): string {
  const hash = createHash('sha256');
  for (let code = 1; code <= last; code++) {
    if (code === 0xd800) code = 0xe000;
    hash.update(`${prepare(String.fromCodePoint(code), profile) ?? '!'}\n`);
  }
  return hash.digest('hex');
}

/** Texts of one to six characters, of one or two blocks. */
function randomTexts(count: number): string[] {
  const random = new Random(6122);
  return Array.from({ length: count }, () => {
    const blocks = [random.pick(BLOCKS), random.pick(BLOCKS)];
    const codes = Array.from({ length: 1 + random.below(6) }, () => {
      const [first, last] = random.pick(blocks);
      return first + random.below(last - first + 1);
    });
    return String.fromCodePoint(...codes);
  });
}
