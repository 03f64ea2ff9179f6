import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a measurement's own, which goes when it ends, however it ends. */
export class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), 'respool-bench-'));
  readonly #remove = () => rmSync(this.#path, { recursive: true, force: true });

  constructor() {
    process.on('exit', this.#remove);
  }

  file(name: string): string {
    return join(this.#path, name);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
