import type { Log } from '../monitor/log.js';
import { limiter } from '../monitor/rarely.js';
import { systemClock } from '../replay/clock.js';
import type { SpoolClient } from '../spool/client.js';
import { evictionLines } from './eviction-lines.js';
import type { Intake } from './intake.js';
import type { Parts } from './part.js';

interface SpoolWatchers {
  log: Log;
  parts: Parts;
  intake: Intake;
  fail(reason: Error): void;
}

/** Logs how the spool does, and tells the parts that depend on it. */
export function followSpool(spool: SpoolClient, { log, parts, intake, fail }: SpoolWatchers): void {
  spool.on('failing', reason =>
    log.error(`the spool cannot be written (${reason}); trying again every second`),
  );
  spool.on('recovered', () => {
    log.info('the spool can be written again');
    parts.spoolRecovered();
  });
  spool.once('ended', reason => fail(new Error(`the spool's thread has ended: ${reason}`)));
  spool.on('lost', count => intake.lost(count));
  const rarely = limiter(log, systemClock.now);
  spool.on('historyFailing', reason =>
    rarely.warn(
      `the history cannot be written (${reason}): respool trace will lack something; no message is lost`,
    ),
  );
  spool.on('evicted', told => {
    for (const line of evictionLines(told)) log.warn(line);
  });
}
