import { GO, type Place, STREAM_FD } from './successor.js';

/**
 * The new process's side: tells the one that started it that it is up, and waits until that one has left.
 * @returns the descriptor of the stream, or null where the other one has ended or thought better of it
 */
export async function inherit(place: Place): Promise<number | null> {
  if (process.send === undefined) return null;
  const word = await new Promise<unknown>(resolve => {
    process.once('message', resolve);
    process.once('disconnect', () => resolve(null));
    process.send?.({ ready: place });
  });
  if (process.connected) process.disconnect();
  return word === GO ? STREAM_FD : null;
}
