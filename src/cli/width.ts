/** What a terminal shows over two columns: East Asian letters and emoji; the half-width forms are none of them. */
const WIDE =
  /(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60]/u;
/** Marks that are put onto the letter before them. */
const MARK = /[\p{Mn}\p{Me}]/u;
const NARROW = /^[ -~]*$/;

/** @returns how many columns of a terminal a text without control characters takes */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfOne(character);
  return width;
}

/** @returns the text, cut with an ellipsis where it takes more columns than these */
export function cutTo(columns: number, text: string): string {
  if (widthOf(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const character of text) {
    width += widthOfOne(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

function widthOfOne(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
