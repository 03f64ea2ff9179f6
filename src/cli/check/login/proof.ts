import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Element } from '@xmpp/component';
import type { Config } from '../../../config/config.js';
import { onSpool } from '../../../control/reach.js';
import { whoIsThis } from '../../../control/who.js';
import { SpoolReader } from '../../../spool/spool-reader.js';
import type { Jid } from '../../../xmpp/jid.js';
import { NS } from '../../../xmpp/namespaces.js';
import { duration } from '../../format.js';
import { type Finding, findingsOn } from '../finding.js';
import { Client, type Login } from './client.js';
import { LoginError } from './login-error.js';
import { refusalOf } from './refusal.js';

export interface ProofOptions {
  config: Config;
  account: Jid;
  password: string;
  /** Where clients log in. */
  host: string;
  port: number;
  /** The check is to end before its time. */
  stopped: AbortSignal;
}

/** Beyond what the config says a step takes, it may take this long, in ms. */
const PATIENCE = 15_000;
/** A busy ejabberd may not notice that a connection with TLS broke: it is not waited for longer than this, in ms. */
const UNNOTICED = 5_000;
/** The spool is another process's: it is asked again and again, every so many ms. */
const POLL = 20;

const { ok, error } = findingsOn('login');

/**
 * Proves the whole way with an account: a message is lost on purpose, replayed, and proved. The message has no body, so
 * no client shows it. Nothing is left behind.
 */
export async function* proveLogin(options: ProofOptions): AsyncGenerator<Finding> {
  const reader = SpoolReader.open(options.config.spool.path);
  try {
    const refusal = refusalOf(options.account, options.config, reader);
    if (refusal !== null) return yield refusal;
    const way = new Way(options, reader);
    try {
      yield* way.steps();
    } finally {
      await way.cleanUp();
    }
  } catch (failure) {
    if (!(failure instanceof LoginError)) throw failure;
    yield error(failure.message, failure.remedy === undefined ? {} : { remedy: failure.remedy });
  } finally {
    reader.close();
  }
}

/** The steps, with what they share. */
class Way {
  readonly #options: ProofOptions;
  readonly #reader: SpoolReader;
  readonly #name = randomBytes(4).toString('hex');
  readonly #id = `respool-check-${randomBytes(8).toString('hex')}`;
  readonly #clients: Client[] = [];
  #deviceShown = false;

  constructor(options: ProofOptions, reader: SpoolReader) {
    this.#options = options;
    this.#reader = reader;
  }

  async *steps(): AsyncGenerator<Finding> {
    const { account, config } = this.#options;
    const { settle, proofTimeout } = config.replay;
    const life = Math.ceil((settle + 2 * proofTimeout + 4 * PATIENCE) / 1_000);
    let began = performance.now();
    const took = () => {
      const now = performance.now();
      const text = duration(now - began);
      began = now;
      return text;
    };

    const sender = await this.#login(`respool-check-sender-${this.#name}`);
    await this.#refuseQueue(sender);
    const device = await this.#online();
    yield ok(`logged in twice as ${account.bare}, in ${took()}`);
    await this.#until(PATIENCE, () => this.#isOnline() === true, {
      text: 'respool does not see the session: no copy of its presence came',
      remedy: `mod_service_log has to be on for ${account.domain}, with ${config.component.domain} among its loggers`,
    });
    yield ok(`respool saw the device, after ${took()}`);

    device.freeze();
    sender.send(`<message type='chat' to='${device.jid}' id='${this.#id}'>${payload(life)}</message>`);
    await sender.flush();
    device.drop();
    const longAgo = performance.now() + UNNOTICED;
    const isNoticed = () => this.#isOnline() === false || performance.now() > longAgo; // else its next login shows it
    await this.#until(proofTimeout + PATIENCE, () => isNoticed() && this.#isPending(), {
      text: 'a message was sent into a connection that broke, and respool has not noticed',
      remedy: 'see the log of the daemon; is the vhost right, and are copies of messages arriving?',
    });
    const kept = this.#isOnline() === false ? 'kept it and noticed' : 'kept it';
    yield ok(`a message was lost on purpose: its connection broke; respool has ${kept}, after ${took()}`);

    const arrived = new Promise<Element>(resolve => {
      this.#arrived = message => message.attrs.id === this.#id && resolve(message);
    });
    await this.#online();
    began = performance.now();
    const message = await this.#step(arrived, settle + PATIENCE, {
      text: 'the device is back, but the message was not replayed',
      remedy: 'see the log of the daemon; is check_from: false set in its listener?',
    });
    if (message.getChild('delay', NS.delay) === undefined) {
      throw new LoginError(
        'the message came, but without the time of its writing: ejabberd has delivered it itself',
      );
    }
    yield ok(
      `the message was replayed ${took()} after the device was back (replay.settle is ${duration(settle)})`,
    );

    await this.#until(proofTimeout + PATIENCE, () => !this.#isPending(), {
      text: 'the message was replayed, but its proof did not come',
      remedy: 'see the log of the daemon',
    });
    yield ok(`the device proved that it has the message, ${took()} later; it has left the spool`);
  }

  /** Ends the sessions and has the device forgotten. */
  async cleanUp(): Promise<void> {
    await Promise.all(this.#clients.map(client => this.#leave(client)));
    if (!this.#deviceShown) return;
    const { config, account } = this.#options;
    const device = { account: account.bare, resource: this.#resource, by: whoIsThis() };
    await onSpool(config, spool => spool.ask('forget-device', device));
  }

  /** Leaves only when respool has read all of the session: a copy that came later would make the device known anew. */
  async #leave(client: Client): Promise<void> {
    if (!client.isConnected) return;
    client.send(UNAVAILABLE);
    try {
      await client.flush(this.#options.config.component.domain);
    } catch (failure) {
      if (!(failure instanceof LoginError)) throw failure; // of a session that broke, nothing more comes
    }
    await client.close();
  }

  #arrived: (message: Element) => void = () => undefined;

  get #resource(): string {
    return `respool-check-${this.#name}`;
  }

  async #login(resource: string): Promise<Client> {
    const { host, port, account, password, stopped } = this.#options;
    if (stopped.aborted) throw interrupted();
    const login: Login = { host, port, account, password, resource };
    const client = await Client.login(login);
    this.#clients.push(client);
    client.onMessage(message => this.#arrived(message));
    return client;
  }

  /** A session that shows itself, but to which mod_offline floods nothing (XEP-0013, section 2.4). */
  async #online(): Promise<Client> {
    const client = await this.#login(this.#resource);
    await client.request('get', QUEUE);
    this.#deviceShown = true;
    client.send('<presence/>');
    await client.flush();
    return client;
  }

  async #refuseQueue(client: Client): Promise<void> {
    const answer = await client.request('get', QUEUE);
    const fields =
      answer.getChild('query', NS.discoInfo)?.getChild('x', 'jabber:x:data')?.getChildren('field') ?? [];
    const count =
      fields.find(({ attrs }) => attrs.var === 'number_of_messages')?.getChildText('value') ?? '0';
    if (count === '0') return;
    throw new LoginError(
      `${count} messages wait for ${this.#options.account.bare} in the offline queue of ejabberd`,
      'take an account for which nothing waits, best one of its own',
    );
  }

  #isOnline(): boolean | undefined {
    for (const { resource, online } of this.#reader.devices(this.#options.account.bare)) {
      if (resource === this.#resource) return online;
    }
    return undefined;
  }

  /** Owed to this device, or to the account as a whole. */
  #isPending(): boolean {
    for (const { stanzaId, resource } of this.#reader.pendings({ account: this.#options.account.bare })) {
      if (stanzaId === this.#id && (resource === null || resource === this.#resource)) return true;
    }
    return false;
  }

  async #until(within: number, condition: () => boolean, otherwise: Otherwise): Promise<void> {
    const polling = async () => {
      while (!condition()) await sleep(POLL, undefined, { signal: this.#options.stopped });
    };
    await this.#step(polling(), within, otherwise);
  }

  async #step<T>(promise: Promise<T>, within: number, { text, remedy }: Otherwise): Promise<T> {
    const timer = new AbortController();
    const signal = AbortSignal.any([timer.signal, this.#options.stopped]);
    const late = sleep(within, undefined, { signal }).then(() => {
      throw new LoginError(`${text} within ${duration(within)}`, remedy);
    });
    try {
      return await Promise.race([promise, late]);
    } catch (failure) {
      throw this.#options.stopped.aborted ? interrupted() : failure;
    } finally {
      timer.abort();
      late.catch(() => undefined); // it was not late, or has been told
    }
  }
}

interface Otherwise {
  text: string;
  remedy: string;
}

function interrupted(): LoginError {
  return new LoginError('the check was interrupted');
}

const UNAVAILABLE = "<presence type='unavailable'/>";
const QUEUE = `<query xmlns='${NS.discoInfo}' node='${NS.offline}'/>`;
/** No body; neither carbon copies nor an archive; and where the check fails it expires soon (XEP-0023). */
function payload(seconds: number): string {
  const hints = `<no-copy xmlns='${NS.hints}'/><no-permanent-store xmlns='${NS.hints}'/>`;
  return `<check xmlns='urn:respool:check'/><x xmlns='${NS.expire}' seconds='${seconds}'/><private xmlns='${NS.carbons}'/>${hints}`;
}
