import { parentPort, workerData } from 'node:worker_threads';
import type { Look, Looks } from './look.js';
import type { Pending } from './pendings.js';
import { SpoolReader } from './spool-reader.js';

const { path, question } = workerData as { path: string; question: Look };
const reader = SpoolReader.open(path);
try {
  parentPort?.postMessage(answer(question));
} finally {
  reader.close();
}

function answer(asked: Look): Looks[keyof Looks]['reply'] {
  switch (asked.look) {
    case 'stats':
      return { stats: reader.stats(), insight: reader.insight(asked.now) };
    case 'queue':
      return queue(asked.account, asked.limit);
    case 'devices':
      return [...reader.devices(asked.account)];
  }
}

function queue(account: string, limit: number): Looks['queue']['reply'] {
  const pendings: Pending[] = [];
  for (const pending of reader.pendings({ account })) {
    if (pendings.length === limit) return { pendings, more: true };
    pendings.push(pending);
  }
  return { pendings, more: false };
}
