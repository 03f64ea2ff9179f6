import type { Directory } from '../presence/directory.js';
import type { Session } from '../presence/session.js';
import type { SpoolPort } from '../spool/client.js';
import type { KnownDevice, Sleeper } from '../spool/content.js';
import type { Jid } from '../xmpp/jid.js';
import type { Clock } from './clock.js';
import { Introductions } from './introductions.js';
import { Recall } from './recall.js';
import { Regain } from './regain.js';

/** Who is told what is found. */
export interface Finds {
  /** A device let pings pass before respool was away; it is to be asked at that moment, in ms. */
  recalled(sleeper: Sleeper, askAt: number): void;
  /** A device is online, and has been since it was asked, at this time; `answered`: it has said so. */
  found(jid: Jid, device: KnownDevice, askedAt: number, answered: boolean): void;
  /** The session that was there when respool came back has ended since. */
  terminated(jid: Jid): void;
  /** A device of this priority is sought no more; it may have been there until that moment, in ms. */
  soughtNoMore(account: string, priority: number, until: number): void;
  /** The server says that a session is gone. */
  gone(session: Session): void;
  /** Of this account none is sought any more. */
  allFound(account: string): void;
}

interface SearchSurroundings {
  clock: Clock;
  spool: SpoolPort;
  directory: Directory;
  finds: Finds;
  settings: { readonly proofTimeout: number };
  ping(jid: Jid, number: number): void;
  /** Whether the operator wants no ping to it. */
  neverPing(jid: Jid): boolean;
  /** A device may have answered a ping of before respool was away. */
  answered(from: Jid, id: string): void;
}

/** Finds out who is there though nobody told: it asks the spool, and pings. */
export class Search {
  readonly recall: Recall;
  readonly regain: Regain;
  readonly introductions: Introductions;

  constructor({ finds, answered, ...around }: SearchSurroundings) {
    const { spool } = around;
    this.recall = new Recall({
      ...around,
      recalled: (sleeper, askAt) => finds.recalled(sleeper, askAt),
      answered,
    });
    this.regain = new Regain({
      ...around,
      found: (jid, device, askedAt, answers) => finds.found(jid, device, askedAt, answers),
      notThere: ({ bare: account, resource }) => spool.tell({ do: 'gone', account, resource }),
      terminated: jid => finds.terminated(jid),
      soughtNoMore: (account, priority, until) => finds.soughtNoMore(account, priority, until),
      gone: session => finds.gone(session),
      allFound: account => finds.allFound(account),
    });
    this.introductions = new Introductions({
      ...around,
      // asked as those are that respool looks for when it comes back
      introduce: device => void this.regain.ask({ ...device, online: true }),
      since: () => this.regain.since,
    });
  }

  /** The stream is there. @param asks whether devices may be pinged; else only what the spool knows is recalled */
  async begin({ asks }: { asks: boolean }): Promise<void> {
    this.regain.begin();
    if ((await this.recall.start()) && asks) await this.regain.walk();
  }

  stop(): void {
    this.recall.stop();
    this.regain.stop();
    this.introductions.clear();
  }
}
