import type { Attributes, Element } from '@xmpp/component';

const XML = 'http://www.w3.org/XML/1998/namespace';
const RESERVED: ReadonlySet<string | undefined> = new Set([XML, 'http://www.w3.org/2000/xmlns/']);

/** Why a part of a stanza was left out. */
export type LeftOut = 'a prefix that nothing declares' | 'an attribute given twice' | 'a reserved namespace';

/** True for a namespace that nothing may be in (Namespaces in XML 1.0, section 3). */
export function isReserved(namespace: string | undefined): boolean {
  return RESERVED.has(namespace);
}

/**
 * Resolves an element by its namespaces: afterwards no name of an element has a prefix, `xmlns` says where an element is
 * in another namespace than its parent, and the prefix of an attribute is declared on its own element, and nowhere else. So
 * a part of it means the same wherever it is written. What has no meaning is left out, an element with all that is in it.
 * For example `<x xmlns:h='urn:xmpp:hints'><h:store/><y:z/></x>` becomes `<x><store xmlns='urn:xmpp:hints'/></x>`.
 * @param leftOut is told why, once for each part
 * @returns false where the element itself is to be left out
 */
export function resolve(element: Element, leftOut: (why: LeftOut) => void): boolean {
  const scope = new Map<string, string>();
  let inherited: string | undefined;
  const above: Element[] = [];
  for (let one = element.parent; one !== null; one = one.parent) above.push(one);
  for (const { attrs } of above.reverse()) {
    for (const [prefix, namespace] of declarations(attrs)) scope.set(prefix, namespace ?? '');
    inherited = attrs.xmlns ?? inherited;
  }
  return new Resolver(scope, leftOut).resolve(element, inherited, inherited);
}

/** Works through one element, with the prefixes that hold at the place where it is. */
class Resolver {
  readonly #scope: Map<string, string>;
  readonly #leftOut: (why: LeftOut) => void;

  constructor(scope: Map<string, string>, leftOut: (why: LeftOut) => void) {
    this.#scope = scope;
    this.#leftOut = leftOut;
  }

  /**
   * @param inherited the default namespace at this place, as it came
   * @param parent the namespace of the parent, which is what holds in what has been resolved
   */
  resolve(element: Element, inherited: string | undefined, parent: string | undefined): boolean {
    const { attrs } = element;
    const hidden: [prefix: string, namespace: string | undefined][] = [];
    for (const [prefix, namespace] of declarations(attrs)) {
      hidden.push([prefix, this.#scope.get(prefix)]);
      this.#scope.set(prefix, namespace ?? '');
    }
    const byDefault = attrs.xmlns ?? inherited;
    const stays = this.#resolve(element, byDefault, parent);
    for (const [prefix, namespace] of hidden.reverse()) {
      if (namespace === undefined) this.#scope.delete(prefix);
      else this.#scope.set(prefix, namespace);
    }
    return stays;
  }

  #resolve(element: Element, byDefault: string | undefined, parent: string | undefined): boolean {
    const [prefix, name] = split(element.name);
    const namespace = prefix === null ? byDefault : this.#named(prefix);
    if (prefix !== null && namespace === undefined) return this.#leaveOut('a prefix that nothing declares');
    if (isReserved(namespace)) return this.#leaveOut('a reserved namespace');
    const isSaid = prefix === null && element.attrs.xmlns !== undefined;
    element.attrs = this.#attributes(element.attrs, isSaid || namespace !== parent ? namespace : undefined);
    element.name = name;
    element.children = element.children.filter(
      child => typeof child === 'string' || this.resolve(child, byDefault, namespace),
    );
    return true;
  }

  #attributes(attrs: Attributes, xmlns: string | undefined): Attributes {
    const resolved: Attributes = xmlns === undefined ? {} : { xmlns };
    const seen = new Set<string>();
    for (const name in attrs) {
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      const [prefix, local] = split(name);
      if (prefix !== null && prefix !== 'xml') {
        const namespace = this.#named(prefix);
        const expanded = `${namespace} ${local}`;
        if (namespace === undefined) this.#leaveOut('a prefix that nothing declares');
        else if (isReserved(namespace)) this.#leaveOut('a reserved namespace');
        else if (seen.has(expanded)) this.#leaveOut('an attribute given twice');
        else {
          seen.add(expanded);
          resolved[`xmlns:${prefix}`] = namespace;
          resolved[name] = attrs[name];
        }
      } else resolved[name] = attrs[name];
    }
    return resolved;
  }

  /** A prefix cannot be declared for no namespace (Namespaces in XML 1.0, section 2.2). */
  #named(prefix: string): string | undefined {
    return prefix === 'xml' ? XML : this.#scope.get(prefix) || undefined;
  }

  #leaveOut(why: LeftOut): false {
    this.#leftOut(why);
    return false;
  }
}

function* declarations(attrs: Attributes): Generator<[prefix: string, namespace: string | undefined]> {
  for (const name in attrs) if (name.startsWith('xmlns:')) yield [name.slice(6), attrs[name]];
}

/** A name with more than one colon has a prefix that nothing can declare. */
function split(name: string): [prefix: string | null, local: string] {
  const colon = name.lastIndexOf(':');
  return colon < 0 ? [null, name] : [name.slice(0, colon), name.slice(colon + 1)];
}
