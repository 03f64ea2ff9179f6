import { AdHoc } from '../commands/ad-hoc.js';
import { adminCommands } from '../commands/commands.js';
import type { Handlers } from '../control/requests.js';
import { systemClock } from '../replay/clock.js';
import { type Asker, Door } from '../requests/door.js';
import { pingAnswers } from '../requests/pings.js';
import type { About } from '../xmpp/answers.js';
import { describe } from '../xmpp/describe.js';
import { dropAll } from './drop-all.js';
import type { Started, Wanted } from './started.js';

/** An admin's client waits for the answer to a command not much longer, in ms. */
const ANSWERS_WITHIN = 5_000;

/** What is addressed to the component, and who takes it. */
export function doorOf(
  { config, log }: Wanted,
  version: string,
  {
    stream,
    spool,
    replay,
    removal,
    alerts,
    intake,
    standby,
    deeds,
    handlers,
  }: Pick<Started, 'stream' | 'spool' | 'replay' | 'removal' | 'alerts' | 'intake' | 'standby' | 'deeds'> & {
    /** The same is done, and said, for those who ask at the socket. */
    handlers: Pick<Handlers, 'hold' | 'release'>;
  },
): Door {
  const { domain } = config.component;
  const adHoc = new AdHoc({
    domain,
    admins: config.admins,
    commands: adminCommands(config.spool.path, {
      async replay(account) {
        const sessions = await replay.ask(account, ANSWERS_WITHIN);
        const answered = sessions.filter(({ asked }) => asked === 'answered').length;
        return { asked: sessions.length, answered };
      },
      hold: (jid, by) => handlers.hold({ jid, by }),
      release: (jid, by) => handlers.release({ jid, by }),
      async drop(account, by) {
        const count = await dropAll(spool, account);
        deeds.did(by, { did: 'dropped', count, accounts: [account] });
        return count;
      },
    }),
    failed: (command, error) => log.error(`the command ${command} failed: ${describe(error)}`),
  });
  const startedAt = systemClock.now();
  const about: About = {
    version,
    domain,
    uptime: () => (systemClock.now() - startedAt) / 1000,
    contact: config.contact,
    commandsFor: account => adHoc.commandsFor(account),
  };
  const askers: Asker[] = [
    (stanza, from) => standby?.take(stanza, from) === true,
    (stanza, from) => intake.guarded(() => replay.fromRoomArchive(stanza, from)) ?? true,
    pingAnswers(replay),
    (stanza, from) => removal.answered(stanza, from),
    ({ name, attrs }) => {
      if (name === 'message' && attrs.type === 'error') alerts.returned(attrs.id, attrs.from);
      return false;
    },
  ];
  return new Door({ askers, adHoc, about, send: text => stream.send(text) });
}
