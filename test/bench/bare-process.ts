import { type Component, component, type Element, xml } from '@xmpp/component';
import { serve, type ToChild, tell } from './child.js';
import { DOMAIN, SECRET } from './names.js';
import { pending } from './pending.js';

/**
 * @xmpp/component as it comes, to compare with: it counts the stanzas that come, and writes what a replay would send.
 * `setEncoding` is the one change, without which it destroys characters that are split between two chunks.
 */
interface BareComponent extends Component {
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  sendMany(elements: Iterable<Element>): Promise<unknown>;
}
const { port, write = 0, to = '' } = JSON.parse(process.argv[2] ?? '') as BareSettings;

/** What it connects to, and how many messages it writes to whom once it is online. */
export interface BareSettings {
  port: number;
  write?: number;
  to?: string;
}

/** Stanzas in one write, as many as respool's `replay.chunk`. */
const CHUNK = 100;

const bare = component({
  service: `xmpp://127.0.0.1:${port}`,
  domain: DOMAIN,
  password: SECRET,
}) as BareComponent;
let count = 0;
let until = 0;
bare.on('error', (error: Error) => process.stderr.write(`bare: ${error.message}\n`));
bare.on('connect', () => bare.socket?.setEncoding('utf8'));
bare.on('stanza', () => {
  count++;
  if (count === until) tell({ is: 'counted' });
});
bare.reconnect.stop();
await bare.start();
serve(
  async () => {
    bare.socket?.destroy();
  },
  (question: ToChild) => {
    if (question.do !== 'count') return;
    count = 0;
    until = question.until;
    tell({ is: 'counting' });
  },
);
for (let sent = 0; sent < write; sent += CHUNK) {
  const stanzas = Array.from({ length: Math.min(CHUNK, write - sent) }, (_, index) =>
    replay(sent + index + 1),
  );
  await bare.sendMany(stanzas);
}

/** The stanza that respool writes for the same message. */
function replay(number: number): Element {
  const { from, id, text, stamp } = pending(number);
  const hints = 'urn:xmpp:hints';
  return xml(
    'message',
    { from, to, type: 'chat', id },
    xml('body', {}, text),
    xml('delay', { xmlns: 'urn:xmpp:delay', from: to.slice(to.indexOf('@') + 1, to.indexOf('/')), stamp }),
    xml('no-copy', { xmlns: hints }),
    xml('no-permanent-store', { xmlns: hints }),
  );
}
