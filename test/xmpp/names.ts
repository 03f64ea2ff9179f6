/** JIDs, and what ejabberd 23.01 makes of each (`jid:decode` and `jid:tolower`, asked by ejabberd/accounts/names.test.ts); null: none. */
export const NAMES: readonly (readonly [jid: string, normal: string | null])[] = [
  // folded
  ['Romeo@Example.ORG/Home PC', 'romeo@example.org/Home PC'],
  ['straße@example.org', 'strasse@example.org'],
  ['STRASSE@straße.example', 'strasse@strasse.example'],
  ['Οδυσσεύς@example.org', 'οδυσσεύσ@example.org'],
  ['ΟΔΥΣΣΕΎΣ@example.org', 'οδυσσεύσ@example.org'],
  ['ᾳ@example.org', 'αι@example.org'],
  ['Müller@MÜNCHEN.example', 'müller@münchen.example'],
  ['mu\u0308ller@example.org', 'müller@example.org'],
  ['İstanbul@example.org', 'i̇stanbul@example.org'],
  ['ısı@example.org', 'ısı@example.org'],
  ['ŉ@example.org', 'ʼn@example.org'],
  ['ſ@example.org', 's@example.org'],
  ['𝔄@example.org', 'a@example.org'],
  ['ﬀ@example.org', 'ff@example.org'],
  ['№5@example.org', 'no5@example.org'],
  ['㏆@example.org', 'C∕kg@example.org'],
  ['𐐀@example.org', '𐐨@example.org'],
  // not folded, for Unicode 3.2 had no small letters for these
  ['Ⴀ@example.org', 'Ⴀ@example.org'],
  ['Ꭰ@example.org', 'Ꭰ@example.org'],
  ['Ӏ@example.org', 'Ӏ@example.org'],
  // later than Unicode 3.2
  ['ẞ@example.org', null],
  ['ꭰ@example.org', null],
  ['Ა@example.org', null],
  ['romeo@example.org/😀', null],
  ['romeo@😀.example', null],
  // mapped to nothing
  ['ro\u00admeo@example.org', 'romeo@example.org'],
  ['ro\u200bmeo@example.org/a\ufe0f', 'romeo@example.org/a'],
  ['\u00ad@example.org', 'example.org'],
  ['romeo@example.org/\u00ad', 'romeo@example.org'],
  // not in a name
  ['ro meo@example.org', null],
  ['ro&meo@example.org', null],
  ['ro＠meo@example.org', null],
  ['ro／meo@example.org', null],
  ['ro\u00a0meo@example.org', null],
  ['romeo@exam ple.org', null],
  ['romeo@example..org', null],
  ['@example.org', null],
  ['romeo@', null],
  ['romeo@example.org/', null],
  ['romeo@one@two', null],
  ['', null],
  // resources
  ['romeo@example.org/Straße Ⅷ', 'romeo@example.org/Straße VIII'],
  ['romeo@example.org/ﬁ@x/y', 'romeo@example.org/fi@x/y'],
  ['romeo@example.org/a\u00a0b', 'romeo@example.org/a b'],
  ['romeo@example.org/a\u1680b', null],
  ['romeo@example.org/a\u0007b', null],
  ['romeo@example.org/\u200e', null],
  ['romeo@example.org/\ue000', null],
  // both directions
  ['שלום@example.org', 'שלום@example.org'],
  ['שלום1@example.org', null],
  ['ש1ם@example.org/ש', 'ש1ם@example.org/ש'],
  ['aש@example.org', null],
  ['שָׁלוֹם@example.org', 'שָׁלוֹם@example.org'],
  // domains as they are written
  ['romeo@example.org.', 'romeo@example.org.'],
  ['romeo@xn--mnchen-3ya.example', 'romeo@xn--mnchen-3ya.example'],
  ['romeo@[::1]', 'romeo@[::1]'],
  ['romeo@例え。テスト', 'romeo@例え。テスト'],
  ['\u{2f868}@example.org', '\u{2136a}@example.org'],
  // as long as a part may be
  [`${'a'.repeat(1023)}@example.org`, `${'a'.repeat(1023)}@example.org`],
  [`${'a'.repeat(1024)}@example.org`, null],
  [`${'ß'.repeat(511)}@example.org`, `${'s'.repeat(1022)}@example.org`],
  [`${'ß'.repeat(512)}@example.org`, null],
  [`${'№'.repeat(341)}@example.org`, `${'no'.repeat(341)}@example.org`],
  [`romeo@example.org/${'㍱'.repeat(341)}`, `romeo@example.org/${'hPa'.repeat(341)}`],
  [`romeo@example.org/${'ﷺ'.repeat(60)}`, null],
];

/**
 * What ejabberd takes for a JID and respool for none: what has no domain or looks like another JID once it is prepared, and three marks
 * that its library sorts only in part (`a` with U+0323, U+0301 and U+031B).
 */
export const REFUSED: readonly string[] = [
  'romeo@\u00ad',
  'romeo＠example.org',
  'romeo@example.org／x',
  'romeo@exam\u2002ple.org',
  'a\u0323\u0301\u031b@example.org',
];
