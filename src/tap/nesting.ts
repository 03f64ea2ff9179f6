import type { Element } from '@xmpp/component';

/** Deeper nesting than any XEP's is an attack on whoever reads it by recursion. */
const DEEPEST = 100;
/** More elements than any message needs: to look through a hundred thousand holds up everybody else. */
const MOST_ELEMENTS = 10_000;

/** @throws Error where a stanza is nested too deep, or has too many elements, to be read */
export function checkShape(stanza: Element): void {
  check(stanza, DEEPEST, { left: MOST_ELEMENTS });
}

function check(element: Element, depth: number, elements: { left: number }): void {
  if (depth === 0) throw new Error(`nested deeper than ${DEEPEST} elements`);
  if (elements.left-- === 0) throw new Error(`of more than ${MOST_ELEMENTS} elements`);
  for (const child of element.children) if (typeof child !== 'string') check(child, depth - 1, elements);
}
