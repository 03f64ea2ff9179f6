import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../bench/random.js';
import { chooseFault } from './faults.js';
import type { World } from './world.js';

const ACTIONS = 60;
/** Between two actions at most, in ms. */
const PAUSE = 60;
const WORDS = [
  '离线消息',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '&lt;b&gt; &amp; "c"',
  'ẹ́ नि ﷽',
  '𠜎𠜱',
  'plain',
  'long '.repeat(300),
];
const WAYS = ['politely', 'silently', 'reset', 'half-open'] as const;

/**
 * One round: clients write, come and go, somebody does them harm, and things break, at the same time; then all is put right, and everything has
 * to arrive. What is drawn depends on the seed alone, for each action draws its numbers whether it can be done or not.
 */
export async function playRound(
  world: World,
  { traffic, trouble, malice }: Record<'traffic' | 'trouble' | 'malice', Random>,
): Promise<void> {
  const harm = world.hostile.rage(malice, random => world.scene(random));
  await Promise.all([act(world, traffic), breakThings(world, trouble), harm]);
  const left = await world.settle();
  for (const one of left.slice(0, 10)) world.model.violated(`never delivered: ${one}`);
  for (const one of world.ledger.undelivered()) world.model.violated(`left without delivery: ${one}`);
}

async function act(world: World, random: Random): Promise<void> {
  for (let n = 0; n < ACTIONS; n++) {
    const device = random.pick(world.devices);
    const other = random.pick(world.devices);
    const room = random.pick(world.rooms);
    const [kind, pause] = [random.below(100), random.below(PAUSE)];
    const [way, text, withId] = [random.pick(WAYS), random.pick(WORDS), random.below(8) > 0];
    const burst = 1 + random.below(6);
    const full = random.below(5) === 0;
    const [rate, crawls] = [40 + random.below(160), 8_000 + random.below(10_000)];
    await sleep(pause);
    if (kind < 45) {
      if (other.account === device.account) continue;
      const to = full ? other.jid : other.account;
      for (let m = 0; m < burst; m++) world.write(device, to, 'chat', text, withId);
    } else if (kind < 60) {
      if (!device.rooms.has(room)) continue;
      for (let m = 0; m < burst; m++) world.write(device, room, 'groupchat', text, withId);
    } else if (kind < 78) {
      world.tell(`${device.jid} goes ${way}`);
      device.go(way);
    } else if (kind < 79) {
      world.tell(`${device.jid} has a slow line, ${rate} characters a second for ${crawls} ms`);
      device.crawl(rate, crawls);
    } else if (kind < 96) {
      world.tell(`${device.jid} comes`);
      void device.come(full ? '' : "<history maxstanzas='0'/>");
    } else {
      world.tell('offline queues emptied');
      await world.server.call('delete_old_messages', { days: 0 }).catch(() => undefined); // it may be away
    }
  }
}

async function breakThings(world: World, random: Random): Promise<void> {
  const count = random.below(3) + 1;
  for (let n = 0; n < count; n++) {
    const fault = chooseFault(random);
    await sleep(random.below(1200));
    world.faults++;
    world.tell(`fault: ${fault.name}`);
    await fault.happen(world, random);
    world.tell(`over: ${fault.name}`);
  }
}
