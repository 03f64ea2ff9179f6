import type { Client } from './client.js';
import type { Scene } from './scene.js';

/** Who is there then. */
export interface People {
  alice: Client;
  laptop: Client;
  bob: string;
}

/** Bob's phone is known and away, and lacks these messages of alice; his laptop, online still, has proved them. */
export async function laptopHasHad(stage: Scene, ids: readonly string[]): Promise<People> {
  const [alice, bob] = [await stage.login(`${await stage.user('alice')}/pc`), await stage.user('bob')];
  for (let times = 0; times < 2; times++) {
    const phone = await stage.login(`${bob}/phone`);
    await stage.respool.until('the phone is known', () => stage.respool.online(bob) === 1);
    phone.unavailable();
    await phone.close();
    await stage.respool.until('the phone is away', () => stage.respool.online(bob) === 0);
  }
  const laptop = await stage.login(`${bob}/laptop`);
  await stage.respool.until('the laptop is known', () => stage.respool.online(bob) === 1);
  for (const id of ids) alice.message(bob, id, { id });
  await laptop.bodies(ids.length);
  await stage.respool.until('the phone lacks them, and nobody else', () => {
    const pendings = stage.respool.pendings(bob);
    return pendings.length === ids.length && pendings.every(({ resource }) => resource === 'phone');
  });
  return { alice, laptop, bob };
}
