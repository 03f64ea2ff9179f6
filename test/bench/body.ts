import type { Random } from './random.js';

const WORDS = (
  'the train is late again can you pick up some bread on your way home I will call you in ten minutes thanks ' +
  'meeting moved to three fine by me where are you now just left work &amp; almost there see you tomorrow lol ' +
  'that&apos;s great did you read the document no not yet maybe tonight größer café 你好 明天见 😀 👍 https://example.org/a?b=1&amp;c=2'
).split(' ');

/** @returns the escaped text of a message as people write them: mostly short, now and then a paragraph */
export function body(random: Random): string {
  const length = random.below(20) === 0 ? 40 + random.below(60) : 2 + random.below(16);
  let text = random.pick(WORDS);
  for (let count = 1; count < length; count++) text += ` ${random.pick(WORDS)}`;
  return text;
}
