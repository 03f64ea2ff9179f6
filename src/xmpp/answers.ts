import type { Element } from '@xmpp/component';
import { NS } from './namespaces.js';
import { escapeAttribute, escapeText } from './serialize.js';

/**
 * What the component answers to a request addressed to itself: service discovery (XEP-0030), version (XEP-0092),
 * ping (XEP-0199), and the error of RFC 6120 to all else.
 * @param request an iq of type get or set
 * @param version of respool
 * @returns the answer, or null where none can be addressed
 */
export function answerTo(request: Element, version: string): string | null {
  const { from, to, id, type } = request.attrs;
  if (from === undefined || to === undefined || id === undefined) return null;
  const child = request.getChildElements()[0];
  const known = type === 'get' ? resultOf(child, version) : undefined;
  const attributes = `from='${escapeAttribute(to)}' to='${escapeAttribute(from)}' id='${escapeAttribute(id)}'`;
  if (known !== undefined) return `<iq ${attributes} type='result'>${known}</iq>`;
  const condition = `<service-unavailable xmlns='${NS.stanzaErrors}'/>`;
  return `<iq ${attributes} type='error'><error type='cancel'>${condition}</error></iq>`;
}

function resultOf(child: Element | undefined, version: string): string | undefined {
  switch (child?.attrs.xmlns) {
    case NS.ping:
      return '';
    case NS.version:
      return `<query xmlns='${NS.version}'><name>respool</name><version>${escapeText(version)}</version></query>`;
    case NS.discoInfo: {
      if (child.attrs.node !== undefined) return undefined;
      const features = [NS.discoInfo, NS.ping, NS.version].map(feature => `<feature var='${feature}'/>`);
      const identity = "<identity category='component' type='generic' name='respool'/>";
      return `<query xmlns='${NS.discoInfo}'>${identity}${features.join('')}</query>`;
    }
    default:
      return undefined;
  }
}
