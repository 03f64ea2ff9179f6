import { readFileSync, writeFileSync } from 'node:fs';
import { between, PARTS } from './tables.js';

// Run in the project's folder after a build: node dist/test/docs/update.js
for (const { name, file, text } of PARTS) {
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(between(name), () => text),
  );
}
