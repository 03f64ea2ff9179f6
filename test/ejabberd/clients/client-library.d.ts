// @xmpp/client publishes no types; this declares the part of it that the tests use.
declare module '@xmpp/client' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Element, xml as Xml } from '@xmpp/component';

  export const xml: typeof Xml;

  export interface Client extends EventEmitter {
    socket: Socket | null;
    reconnect: { stop(): void };
    iqCaller: { get(child: Element): Promise<Element>; set(child: Element): Promise<Element> };
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    send(element: Element): Promise<void>;
  }

  export function client(options: {
    service: string;
    domain: string;
    resource: string;
    username: string;
    password: string;
  }): Client;
}
