import { styleText } from 'node:util';
import type { Element } from '@xmpp/component';
import { until } from '../wait.js';
import { Client } from './client.js';
import { ensureEjabberd } from './install.js';
import { RespoolProcess } from './process.js';
import { delayOf } from './scene.js';
import { type Ejabberd, startEjabberd } from './server.js';

/**
 * `npm run demo`: a message that ejabberd loses, and the same again with respool attached while the server runs. All
 * of it is real: ejabberd, the clients, the lost connection, bin/respool. It leaves nothing behind.
 */

const RESUME_TIMEOUT = 3; // seconds; 300 by default
const SETTLE = 1_000;
const TEXT = 'Our train leaves at seven, platform 4 🚆';
/** Without respool nothing is under way after the login; so long it is shown that nothing comes, in ms. */
const WAIT = 2_500;

/** What became of the message. */
interface Outcome {
  phone: Client;
  written: Date;
  bounced: string;
  arrived: boolean;
  arrivedAt: Date;
  from: string;
  stamp: string;
}

let began = 0;
const say = (line: string) => {
  const time = `${((performance.now() - began) / 1000).toFixed(1)} s`;
  process.stdout.write(`${styleText('dim', time.padStart(7))}  ${line}\n`);
};
const title = (line: string) => process.stdout.write(`\n${styleText('bold', line)}\n`);
const code = (text: string) => process.stdout.write(`${text.replaceAll(/^/gm, '           | ')}\n`);

/**
 * Bob's phone loses its connection, Alice writes to him, Bob's phone comes back.
 * @param isKept respool is there, so that the message is waited for as long as a busy machine takes
 */
async function lostConnection(server: Ejabberd, number: number, isKept: boolean): Promise<Outcome> {
  const [alice, bob] = [`alice${number}`, `bob${number}`];
  await server.register(alice, bob);
  const pc = await Client.at(server, `${alice}/pc`);
  const dead = await Client.at(server, `${bob}/phone`, { management: true });
  await dead.flush();
  say("bob's phone is online, with stream management (XEP-0198), as every mobile client is");
  dead.reset();
  say(`bob's phone loses its connection; for ${RESUME_TIMEOUT} s ejabberd believes that it will be back`);
  const written = new Date();
  pc.message(`${bob}@${server.host}`, TEXT, { id: `demo-${number}` });
  say(`alice writes: "${TEXT}"`);
  const error = (await pc.received(message => message.attrs.type === 'error')).getChild('error');
  const bounced = error?.getChildText('text') ?? 'an error';
  say(`ejabberd gives up the session; alice gets the message back: "${bounced}"`);
  await pc.close();

  const phone = await Client.at(server, `${bob}/phone`, { management: true });
  say("bob's phone is back");
  const isIt = ({ attrs }: Element) => attrs.id === `demo-${number}`;
  if (!isKept) await late();
  const message = isKept ? await phone.received(isIt) : phone.messages.find(isIt);
  const delay = delayOf(message);
  if (message) say(styleText('green', `it gets: "${message.getChildText('body')}"`));
  else say(styleText('red', 'it gets nothing'));
  return {
    phone,
    written,
    bounced,
    arrivedAt: new Date(),
    arrived: message?.getChildText('body') === TEXT,
    from: message?.attrs.from ?? '',
    stamp: delay.stamps === 0 ? '' : new Date(delay.at).toISOString(),
  };
}

function late(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, WAIT));
}

function table(rows: readonly (readonly [string, string, string])[]): void {
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  for (const [at, row] of rows.entries()) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ');
    process.stdout.write(`  ${at === 0 ? styleText('bold', line) : line}\n`);
  }
}

/** @returns whether respool brought what ejabberd lost */
async function demo(): Promise<boolean> {
  ensureEjabberd(line => process.stdout.write(`${line}\n`));
  began = performance.now();
  title('1. ejabberd alone');
  await using server = await startEjabberd({ component: false, resumeTimeout: RESUME_TIMEOUT });
  say(`a throw-away ejabberd runs in ${server.folder}`);
  const before = await lostConnection(server, 1, false);

  title('2. respool is attached, and ejabberd goes on running');
  const name = server.domain;
  say('to ejabberd.yml is added:');
  code(
    `listen:\n  - port: ${server.componentPort}\n    module: ejabberd_service\n    check_from: false\n    hosts: {${name}: {password: "…"}}\n` +
      `modules:\n  mod_service_log: {loggers: [${name}]}`,
  );
  await server.reload({ component: true });
  say('ejabberdctl reload_config');
  await using respool = new RespoolProcess(server, { settle: `${SETTLE}ms`, proof_after: '1s' });
  await respool.start();
  say(`bin/respool run -c ${respool.file}`);
  say(`respool says: ${/connected to .*/.exec(respool.said)?.[0] ?? respool.said}`);

  title('3. The same again');
  const after = await lostConnection(server, 2, true);
  const list = async () => JSON.parse(await respool.command('queue', 'list', '--json')) as object[];
  await until('the phone has proved receipt', async () => (await list()).length === 0);
  await respool.end('SIGTERM');
  const pending = await list();
  say(
    `respool is ended; bin/respool queue list: ${pending.length} pending, for the phone has proved receipt`,
  );

  const stamp = Date.parse(after.stamp);
  // whatever the machine has to do besides, a replay begins no sooner after all that came before
  const isOfWriting = stamp >= after.written.getTime() && stamp <= after.arrivedAt.getTime() - SETTLE;
  await Promise.all([before.phone.close(), after.phone.close()]);
  title('Before and after');
  table([
    ['', 'ejabberd alone', 'with respool'],
    ['written', before.written.toISOString(), after.written.toISOString()],
    ['returned to alice', before.bounced, after.bounced],
    ["reached bob's phone", before.arrived ? 'yes' : 'no', after.arrived ? 'yes' : 'no'],
    ['  from', before.from || '-', after.from || '-'],
    ['  stamped', before.stamp || '-', after.stamp || '-'],
  ]);
  return after.arrived && !before.arrived && isOfWriting && pending.length === 0;
}

try {
  process.exitCode = (await demo()) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
