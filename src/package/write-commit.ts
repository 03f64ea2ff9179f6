import { writeCommit } from './commit.js';

writeCommit();
