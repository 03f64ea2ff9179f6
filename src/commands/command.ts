import type { Form } from './form.js';

/** What was filled in so far. */
export type Answers = ReadonlyMap<string, string>;

/** What follows: a form to fill in, or the end with what came of it. */
export type Step =
  | { is: 'asking'; form: Form /** Whether another form follows before anything is done. */; more: boolean }
  | { is: 'done'; note?: string; form?: Form }
  /** Something was filled in wrongly. */
  | { is: 'wrong'; why: string };

/** A command of the component (XEP-0050). It keeps nothing between two steps: the forms carry what was said. */
export interface AdminCommand {
  node: string;
  name: string;
  /** @param answers undefined at the first step @param by the account that gives it */
  run(answers: Answers | undefined, by: string): Promise<Step>;
}
