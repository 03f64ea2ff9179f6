import type { Element } from '@xmpp/component';

/** Deeper nesting than any XEP's is an attack on whoever reads it by recursion. */
const DEEPEST = 100;

/** @throws Error where a stanza is nested too deep to be read */
export function checkNesting(stanza: Element): void {
  if (deeperThan(stanza, DEEPEST)) throw new Error(`nested deeper than ${DEEPEST} elements`);
}

function deeperThan(element: Element, depth: number): boolean {
  if (depth === 0) return true;
  return element.children.some(child => typeof child !== 'string' && deeperThan(child, depth - 1));
}
