import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import { respool } from './process.js';
import {
  addAccount,
  addDevice,
  addMember,
  addMessage,
  addRoom,
  addSaid,
  setCounter,
  Workspace,
} from './workspace.js';

export const HOUR = 3_600_000;

export let work: Workspace;
beforeEach(() => {
  work = new Workspace();
  work.configure(1);
});
afterEach(() => work.remove());

export const run = (...args: string[]) => respool([...args, '-c', work.config]);
export const data = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
};
export const lines = (list: { id: number; account: string; device: string | null }[]) =>
  list.map(({ id, account, device }) => `${id} ${account.split('@')[0]} ${device}`);
export const listed = async (...args: string[]) => lines(await data('queue', 'list', ...args));

/** Two accounts, three devices, a room, and messages of each kind. */
export function fill(now = Date.now()): void {
  work.fill(db => {
    addAccount(db, 1, 'romeo@example.org');
    addAccount(db, 2, 'nurse@example.org');
    addDevice(db, 1, 1, 'phone');
    addDevice(db, 1, 2, 'laptop');
    addDevice(db, 2, 1, 'tablet');
    addMessage(db, { id: 1, account: 1, owed: 1 + 2 + 4, received_at: now - 30 * HOUR });
    addMessage(db, {
      id: 2,
      account: 1,
      owed: 1 + 2,
      sender: 'tybalt@elsewhere.org/x',
      received_at: now - HOUR,
    });
    addMessage(db, { id: 3, account: 2, owed: 1, type: null, received_at: now });
    addRoom(db, 1, 'room@rooms.example.org');
    addMember(db, 1, 1, 0);
    addMember(db, 1, 3, 0, [5]);
    addSaid(db, 4, 1);
    addSaid(db, 5, 1);
    setCounter(db, 'last_message_id', 5);
    setCounter(db, 'pending', 6);
  });
}

export const ALL = [
  '1 romeo null',
  '1 romeo phone',
  '1 romeo laptop',
  '2 romeo null',
  '2 romeo phone',
  '3 nurse null',
];
export const SAID = ['4 romeo phone', '4 nurse tablet', '5 romeo phone'];
