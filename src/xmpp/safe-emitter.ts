import { EventEmitter } from 'node:events';
import { describe } from './describe.js';

/** Tells events such that no listener that throws ends who tells; the error is an event of its own. */
export abstract class SafeEmitter<
  Events extends Record<keyof Events, unknown[]> & { handlerError: [error: unknown, event: string] },
> extends EventEmitter<Events> {
  /** How often a listener has thrown, among others. */
  abstract readonly counts: { handlerErrors: number };

  protected tell<E extends keyof Events & string>(event: E, ...args: Events[E]): void {
    const emitter: EventEmitter = this as EventEmitter;
    try {
      emitter.emit(event, ...args);
    } catch (error) {
      this.counts.handlerErrors++;
      if (!emitter.emit('handlerError', error, event))
        process.emitWarning(describe(error), 'StreamHandlerError');
    }
  }
}
