"""slixmpp in the order of its documentation: presence, then the roster. Prints what happens, as lines of JSON.

slixmpp_client.py HOST PORT JID [carbons] [management] [room=JID]...
"""
import json
import sys

from slixmpp import ClientXMPP

HOST, PORT, JID, *WISHES = sys.argv[1:]
ROOMS = [wish.partition("=")[2] for wish in WISHES if wish.startswith("room=")]

OUTPUT, sys.stdout = sys.stdout, sys.stderr  # slixmpp 1.8.3 prints the stamps of a room's history


def tell(**what):
    print(json.dumps(what), file=OUTPUT, flush=True)


class Client(ClientXMPP):
    def __init__(self):
        super().__init__(JID, "secret")
        self["feature_mechanisms"].unencrypted_plain = True
        for name in ["xep_0030", "xep_0045", "xep_0199", "xep_0203"]:
            self.register_plugin(name)
        if "carbons" in WISHES:
            self.register_plugin("xep_0280")
        if "management" in WISHES:
            self.register_plugin("xep_0198")
        self.add_event_handler("session_start", self.begun)
        self.add_event_handler("message", self.heard)
        self.add_event_handler("carbon_received", lambda message: self.heard(message["carbon_received"]))
        self.add_event_handler("carbon_sent", lambda message: self.heard(message["carbon_sent"]))
        self.add_event_handler("failed_all_auth", lambda _: sys.exit("refused"))

    async def begun(self, _):
        self.send_presence()
        await self.get_roster()
        if "carbons" in WISHES:
            await self["xep_0280"].enable()
        for room in ROOMS:
            await self["xep_0045"].join_muc_wait(room, self.boundjid.user, maxstanzas=20)
        tell(event="ready")

    def heard(self, message):
        if message["body"]:
            stamp = message["delay"]["stamp"]  # None where there is no delay
            tell(event="message", body=message["body"], stamp=stamp and stamp.isoformat())


client = Client()
client.connect((HOST, int(PORT)), use_ssl=False, force_starttls=False, disable_starttls=True)
client.process(forever=True)
