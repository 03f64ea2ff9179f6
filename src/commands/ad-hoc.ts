import { randomUUID } from 'node:crypto';
import type { Element } from '@xmpp/component';
import { errorTo, resultTo } from '../xmpp/error.js';
import { parseJid } from '../xmpp/jid.js';
import { NS } from '../xmpp/namespaces.js';
import { escapeAttribute, escapeText } from '../xmpp/serialize.js';
import type { AdminCommand, Step } from './command.js';
import { formOf, readForm } from './form.js';

const ACTIONS = new Set(['execute', 'next', 'complete', 'prev', 'cancel']);

export interface AdHocOptions {
  domain: string;
  /** Who may use them, as bare JIDs. */
  admins: ReadonlySet<string>;
  commands: readonly AdminCommand[];
  /** A command failed for a reason of ours. */
  failed(command: string, error: unknown): void;
}

/** The ad-hoc commands of the component (XEP-0050). Who they are for is asked at each step. */
export class AdHoc {
  readonly #options: AdHocOptions;

  constructor(options: AdHocOptions) {
    this.#options = options;
  }

  /** The commands that an account may use. */
  commandsFor(account: string): readonly AdminCommand[] {
    return this.#options.admins.has(account) ? this.#options.commands : [];
  }

  /** Is this stanza a request of one? */
  isRequest(stanza: Element): boolean {
    const [child, ...others] = stanza.getChildElements();
    return (
      stanza.name === 'iq' &&
      stanza.attrs.type === 'set' &&
      parseJid(stanza.attrs.to)?.full === this.#options.domain &&
      child?.name === 'command' &&
      child.attrs.xmlns === NS.commands &&
      others.length === 0
    );
  }

  /** Answers a request. */
  async answer(request: Element): Promise<string | null> {
    const asked = request.getChild('command', NS.commands);
    if (asked === undefined) return errorTo(request, 'bad-request');
    const account = parseJid(request.attrs.from)?.bare ?? '';
    if (!this.#options.admins.has(account)) return errorTo(request, 'forbidden');
    const { node, action = 'execute', sessionid = randomUUID() } = asked.attrs;
    const command = this.#options.commands.find(one => one.node === node);
    if (command === undefined) return errorTo(request, 'item-not-found');
    if (!ACTIONS.has(action)) return errorTo(request, 'bad-request', condition('malformed-action'));
    const answer = (status: string, inside = '') => {
      const attributes = `node='${command.node}' sessionid='${escapeAttribute(sessionid)}' status='${status}'`;
      return resultTo(request, `<command xmlns='${NS.commands}' ${attributes}>${inside}</command>`);
    };
    if (action === 'cancel') return answer('canceled');
    let step: Step;
    try {
      step = await command.run(action === 'prev' ? undefined : readForm(asked), account);
    } catch (error) {
      this.#options.failed(command.node, error);
      return errorTo(request, 'internal-server-error');
    }
    switch (step.is) {
      case 'asking': {
        const forward = step.more ? 'next' : 'complete';
        const back = asked.attrs.sessionid !== undefined && action !== 'prev' ? '<prev/>' : '';
        const actions = `<actions execute='${forward}'>${back}<${forward}/></actions>`;
        return answer('executing', `${actions}${formOf('form', step.form)}`);
      }
      case 'done': {
        const note = step.note === undefined ? '' : `<note type='info'>${escapeText(step.note)}</note>`;
        return answer('completed', `${note}${step.form === undefined ? '' : formOf('result', step.form)}`);
      }
      case 'wrong': {
        const why = `<text xmlns='${NS.stanzaErrors}'>${escapeText(step.why)}</text>`;
        return errorTo(request, 'bad-request', `${why}${condition('bad-payload')}`);
      }
    }
  }
}

function condition(name: string): string {
  return `<${name} xmlns='${NS.commands}'/>`;
}
