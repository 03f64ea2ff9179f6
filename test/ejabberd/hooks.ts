import type { Ejabberd } from './server.js';

/** A request that the server swallows, and whose sender's offline queue is empty then. */
const PURGE = 'empties-the-queue';

/**
 * From now on a session can empty the offline queue of its user without a trace on the wire, which is what a Bind2 login
 * does on 24.02: PURGE_AS_BIND2 sent by it is neither copied nor answered.
 */
export async function allowPurges(server: Ejabberd): Promise<void> {
  await server.evaluate(`ejabberd_hooks:add(user_send_packet, <<"${server.host}">>, fun({Packet, #{user := User, lserver := Host} = State}) ->
    case element(1, Packet) == iq andalso element(2, Packet) == <<"${PURGE}">> of
      true -> mod_offline:remove_user(User, Host), {stop, {drop, State}};
      false -> {Packet, State}
    end end, 1)`);
}

export const PURGE_AS_BIND2 = `<iq type='get' id='${PURGE}'><ping xmlns='urn:xmpp:ping'/></iq>`;

/**
 * From now on so much time lies between the copy of a sent message (mod_service_log, priority 50) and its routing, as if
 * a slow mod_mam (priority 88) stored it meanwhile.
 */
export async function slowArchive(server: Ejabberd, ms: number): Promise<void> {
  await server.evaluate(`ejabberd_hooks:add(user_send_packet, <<"${server.host}">>, fun({Packet, State}) ->
    case element(1, Packet) of message -> timer:sleep(${ms}); _ -> ok end,
    {Packet, State} end, 88)`);
}
