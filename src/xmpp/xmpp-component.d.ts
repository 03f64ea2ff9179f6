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

  export const xml: {
    (name: string, attrs?: Attributes | null, ...children: (Node | Node[])[]): Element;
    Element: typeof Element;
    escapeXML(text: string): string;
    escapeXMLText(text: string): string;
  };

  /** Not a public part of the library are the names with an underscore; they are fixed for 0.13.1. */
  export interface Component extends EventEmitter {
    status: string;
    /** `_handle` is Node's own, and has the file descriptor. */
    socket: (Socket & { _handle?: { fd: number } | null }) | null;
    timeout: number;
    reconnect: { stop(): void };
    socketParameters(service: string): { host: string; port: number };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    Parser: new () => EventEmitter;
    Socket: new () => Socket;
    _attachSocket(socket: Socket): void;
    _attachParser(parser: EventEmitter): void;
    _onElement(element: Element): void;
  }

  export function component(options: { service: string; domain: string; password: string }): Component;
}
