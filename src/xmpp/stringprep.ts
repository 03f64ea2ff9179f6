import arabicLetter from '@unicode/unicode-3.2.0/Bidi_Class/Arabic_Letter/regex.mjs';
import leftToRight from '@unicode/unicode-3.2.0/Bidi_Class/Left_To_Right/regex.mjs';
import rightToLeft from '@unicode/unicode-3.2.0/Bidi_Class/Right_To_Left/regex.mjs';
import oneToOne from '@unicode/unicode-3.2.0/Case_Folding/C/code-points.mjs';
import oneToMany from '@unicode/unicode-3.2.0/Case_Folding/F/code-points.mjs';
import unassigned from '@unicode/unicode-3.2.0/General_Category/Unassigned/regex.mjs';

/** A profile of stringprep (RFC 3454). */
export interface Profile {
  /** Table B.2: ß is ss, ς is σ. */
  folds: boolean;
  /** What it prohibits beyond what all do. */
  prohibited: RegExp;
}

/** For the part before the @: RFC 6122, appendix A. */
export const NODEPREP: Profile = { folds: true, prohibited: /[\0-\x20"&'/:<>@\x7f]/ };
/** For domains: RFC 3491, with the code points that Unicode 3.2 does not know prohibited too, as ejabberd has it. */
export const NAMEPREP: Profile = { folds: true, prohibited: /(?!)/ };
/** For the part after the /: RFC 6122, appendix B. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: table C.2.1
export const RESOURCEPREP: Profile = { folds: false, prohibited: /[\0-\x1f\x7f]/ };

const ASCII = /^[\0-\x7f]*$/;

/** Table B.1 */
const MAPPED_TO_NOTHING = /\u034f|[\u180b-\u180d\ufe00-\ufe0f]|[\u00ad\u1806\u200b-\u200d\u2060\ufeff]/gu;

/** Tables C.1.2, C.2.2 and C.3 to C.9, without what no text can have after B.1 and NFKC */
const PROHIBITED = new RegExp(
  '[\\x80-\\x9f\\u06dd\\u070f\\u1680\\u180e\\u200e\\u200f\\u2028-\\u202e\\u2061-\\u2063\\u206a-\\u206f\\u2ff0-\\u2ffb' +
    '\\ufff9-\\ufffd\\u{1d173}-\\u{1d17a}\\u{e0001}\\u{e0020}-\\u{e007f}' +
    '\\p{Private_Use}\\p{Surrogate}\\p{Noncharacter_Code_Point}]',
  'u',
);

/** Tables D.1 and D.2 */
const RIGHT_TO_LEFT = new RegExp(`${rightToLeft.source}|${arabicLetter.source}`);
const BETWEEN_RIGHT_TO_LEFT = new RegExp(
  `^(?:${RIGHT_TO_LEFT.source})(?:.*(?:${RIGHT_TO_LEFT.source}))?$`,
  's',
);

/** What later versions of Unicode decompose otherwise (corrigendum 4). */
const DECOMPOSED_OTHERWISE = /[\u{2f868}\u{2f874}\u{2f91f}\u{2f95f}\u{2f9bf}]/gu;
const DECOMPOSED: Readonly<Record<string, string>> = {
  '\u{2f868}': '\u{2136a}',
  '\u{2f874}': '\u5f33',
  '\u{2f91f}': '\u43ab',
  '\u{2f95f}': '\u7aae',
  '\u{2f9bf}': '\u4d57',
};

/** What NFKC or table B.2 changes, and more; most names that are not ASCII have nothing of it. */
const FOLDED = /\p{Changes_When_NFKC_Casefolded}/u;
const MARK = /\p{Mark}/u;
const UNFOLDED_IN_RFC_3454 = '\u33c6';

/**
 * Prepares a text as ejabberd does (its library `stringprep`, the same from 15.x to 26.07).
 * @returns null where the profile prohibits it
 */
export function prepare(text: string, { folds, prohibited }: Profile): string | null {
  if (ASCII.test(text)) {
    const lower = folds ? text.toLowerCase() : text;
    return prohibited.test(lower) ? null : lower;
  }
  if (unassigned.test(text)) return null;
  const kept = text
    .replace(MAPPED_TO_NOTHING, '')
    .replace(DECOMPOSED_OTHERWISE, character => DECOMPOSED[character] ?? '');
  const mapped = folds && FOLDED.test(kept) ? replaceEach(kept, foldForNfkc) : kept;
  const normal = mapped.normalize('NFKC');
  if (PROHIBITED.test(normal) || prohibited.test(normal)) return null;
  if (RIGHT_TO_LEFT.test(normal) && (leftToRight.test(normal) || !BETWEEN_RIGHT_TO_LEFT.test(normal)))
    return null;
  return isSortedInPart(mapped) ? null : normal;
}

/** Whether a character is later than Unicode 3.2 (table A.1), so that no name has it. */
export function isUnassigned(character: string): boolean {
  return unassigned.test(character);
}

/** Table B.2: what a code point is folded to where NFKC follows. */
function foldForNfkc(character: string): string {
  if (character === UNFOLDED_IN_RFC_3454) return character;
  return replaceEach(replaceEach(character, fold).normalize('NFKC'), fold);
}

function fold(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const one = oneToOne.get(code);
  return one === undefined
    ? String.fromCodePoint(...(oneToMany.get(code) ?? [code]))
    : String.fromCodePoint(one);
}

function replaceEach(text: string, replace: (character: string) => string): string {
  let replaced = '';
  for (const character of text) replaced += replace(character);
  return replaced;
}

/**
 * ejabberd's library sorts three marks and more in a row only in part, so that for it two names may differ that are one
 * by NFKC. Such a name is nobody's here, so that nobody gets what is another's.
 */
function isSortedInPart(text: string): boolean {
  if (!MARK.test(text)) return false;
  const decomposed = replaceEach(text, character => character.normalize('NFKD'));
  const sorted = decomposed.normalize('NFKD');
  return decomposed !== sorted && sortedInPart(decomposed) !== sorted;
}

/** A mark is sorted in among those that wait only where it belongs before the one that came first of them. */
function sortedInPart(decomposed: string): string {
  let sorted = '';
  let waiting: string[] = [];
  let first = '';
  for (const character of decomposed) {
    if (belongsBefore(character, first)) {
      const place = waiting.findLastIndex(one => !belongsBefore(character, one)) + 1;
      waiting.splice(place, 0, character);
    } else {
      sorted += waiting.join('');
      waiting = [character];
      first = character;
    }
  }
  return sorted + waiting.join('');
}

/** By the canonical combining classes, which have no other way to be seen. */
function belongsBefore(mark: string, other: string): boolean {
  return other !== '' && (other + mark).normalize('NFD') === mark + other && mark !== other;
}
