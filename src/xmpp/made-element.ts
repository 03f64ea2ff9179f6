import { type Attributes, type Element, xml } from '@xmpp/component';

/**
 * Makes an element as ltx does, but takes the attributes as they are, without a copy.
 * The prototype is that of ltx, so that it is an element for everybody else.
 */
export const MadeElement = function (this: Element, name: string, attrs: Attributes, parent: Element | null) {
  this.name = name;
  this.parent = parent;
  this.children = [];
  this.attrs = attrs;
} as unknown as new (
  name: string,
  attrs: Attributes,
  parent: Element | null,
) => Element;
MadeElement.prototype = xml.Element.prototype;
