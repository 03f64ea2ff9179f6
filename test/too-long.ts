import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/** Loaded before a test file: ends its process if it lives too long, in ms. From Node 24 on, Node limits tests, not files. */
const LIMIT = Number(process.env.TEST_FILE_LIMIT);

if (isMainThread && LIMIT > 0) {
  setTimeout(() => {
    const left = process.getActiveResourcesInfo().join(', ');
    writeSync(2, `${process.argv[1]} has not ended after ${LIMIT / 1000} s; it has open: ${left}\n`);
    process.exit(1);
  }, LIMIT).unref();
}
