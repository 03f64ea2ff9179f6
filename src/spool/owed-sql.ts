/** In SQL, what is owed, for whoever lists it and whoever counts it: one line for each pending of its kind. */

/** What was said in a room (`said`, `room`), to a `member` whose `device` lacks it, of an `account`. */
export const SAID_OWED = `
  room_message AS said JOIN room ON room.id = said.room
    JOIN room_member AS member ON member.room = said.room AND member.cursor < said.id
    JOIN device ON device.id = member.device JOIN account ON account.id = device.account
  WHERE NOT EXISTS (SELECT 1 FROM room_proved WHERE room_proved.member = member.id AND message = said.id)`;

/** What a user wrote to another server (`remote`), which has not got it. */
export const REMOTE_OWED = 'remote_message AS remote WHERE state > 0';

/** The slots of a `message` that are owed it: the account as a whole, and each device that is known. */
export const OWED_SLOTS = `
  owed & (1 + (SELECT coalesce(sum(1 << slot), 0) FROM device WHERE device.account = message.account))`;
