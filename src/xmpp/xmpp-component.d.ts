// @xmpp/component 0.13.1 publishes no types; this declares the part of it that respool uses.
declare module '@xmpp/component' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  export type Attributes = Record<string, string | undefined>;
  export type Node = Element | string;

  /** An XML element (ltx). `parent` links upwards, so that namespaces are inherited. */
  export class Element {
    constructor(name: string, attrs?: Attributes);
    name: string;
    attrs: Attributes;
    children: Node[];
    parent: Element | null;
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    getText(): string;
    append(...nodes: Node[]): void;
    toString(): string;
  }

  /** A streaming parser: `start` with the root, `element` for each of its children, `end`, `error`. */
  export class Parser extends EventEmitter {
    /** The stream's own element, null before it has begun. */
    root: Element | null;
    /** The innermost element that has begun and not ended. */
    cursor: Element | null;
    write(data: string): void;
  }

  export const xml: {
    (name: string, attrs?: Attributes | null, ...children: (Node | Node[])[]): Element;
    Element: typeof Element;
    Parser: typeof Parser;
    escapeXML(text: string): string;
    escapeXMLText(text: string): string;
  };

  /** Not a public part of the library are the names with an underscore; they are fixed for 0.13.1. */
  export interface Component extends EventEmitter {
    status: string;
    /** `_handle` is Node's own, and has the file descriptor. */
    socket: (Socket & { _handle?: { fd: number } | null }) | null;
    parser: Parser | null;
    timeout: number;
    reconnect: { stop(): void };
    socketParameters(service: string): { host: string; port: number };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    Parser: new () => Parser;
    _attachSocket(socket: Socket): void;
    _attachParser(parser: Parser): void;
    _onData(data: string): void;
    _onElement(element: Element): void;
    _onParserError(error: Error): void;
  }

  export function component(options: { service: string; domain: string; password: string }): Component;
}
