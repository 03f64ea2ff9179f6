import { readFileSync, writeFileSync } from 'node:fs';
import { between, TABLES } from './tables.js';

// Run in the project's folder after a build: node dist/test/docs/update.js
let readme = readFileSync('README.md', 'utf8');
for (const [name, table] of Object.entries(TABLES)) readme = readme.replace(between(name), () => table);
writeFileSync('README.md', readme);
