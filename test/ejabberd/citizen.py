"""Asks the component what slixmpp, a client that respool did not write, can ask. Prints the answers as JSON.

citizen.py HOST PORT JID COMPONENT ACCOUNT COMMAND...: service discovery and the like as JID, then the commands (a
command with a second step as NODE=FIELD:VALUE;FIELD:VALUE), each for ACCOUNT.
"""
import asyncio
import json
import sys

from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError

HOST, PORT, JID, COMPONENT, ACCOUNT, *COMMANDS = sys.argv[1:]
PLUGINS = ["xep_0004", "xep_0012", "xep_0030", "xep_0050", "xep_0092", "xep_0199"]
COMMANDS_NODE = "http://jabber.org/protocol/commands"


def form_of(command):
    """A form as plain values: its fields, or the rows of its table."""
    form = command["form"]
    if not form["type"]:
        return None
    fields = {var: field["value"] for var, field in form.get_fields().items()}
    rows = [dict(item) for item in form["items"]]
    return {"title": form["title"], "instructions": form["instructions"], "fields": fields, "rows": rows}


class Client(ClientXMPP):
    def __init__(self):
        super().__init__(JID, "secret")
        self["feature_mechanisms"].unencrypted_plain = True
        for name in PLUGINS:
            self.register_plugin(name)
        self.answers = {}
        self.add_event_handler("session_start", self.begun)
        self.add_event_handler("failed_all_auth", lambda _: self.end())

    async def begun(self, _):
        try:
            await self.ask_all()
        finally:
            self.end()

    async def ask_all(self):
        self.send_presence()
        await self.note("info", self.ask_info(None))
        await self.note("items", self.ask_items(None))
        await self.note("commands", self.ask_items(COMMANDS_NODE))
        await self.note("command_info", self.ask_info("stats"))
        await self.note("version", self.ask_version())
        await self.note("ping", self.ask_ping())
        await self.note("uptime", self.ask_uptime())
        await self.note("roster", self.ask_roster())
        for command in COMMANDS:
            node, _, more = command.partition("=")
            values = dict(pair.split(":", 1) for pair in more.split(";") if pair)
            await self.note(command, self.run_command(node, values))

    def end(self):
        self.disconnect()

    async def note(self, name, question):
        try:
            self.answers[name] = await question
        except IqError as error:
            self.answers[name] = {"error": error.condition, "type": error.etype}

    async def ask_info(self, node):
        iq = await self["xep_0030"].get_info(jid=COMPONENT, node=node)
        info = iq["disco_info"]
        form = info.xml.find("{jabber:x:data}x")
        contact = [] if form is None else [value.text for value in form.iter("{jabber:x:data}value")]
        identities = sorted([category, kind, name] for category, kind, _, name in info["identities"])
        return {"identities": identities, "features": sorted(info["features"]), "contact": contact}

    async def ask_items(self, node):
        iq = await self["xep_0030"].get_items(jid=COMPONENT, node=node)
        return sorted(node for _, node, _ in iq["disco_items"]["items"])

    async def ask_version(self):
        iq = await self["xep_0092"].get_version(COMPONENT)
        return {"name": iq["software_version"]["name"], "version": iq["software_version"]["version"]}

    async def ask_ping(self):
        return await self["xep_0199"].ping(COMPONENT) >= 0

    async def ask_uptime(self):
        return int((await self["xep_0012"].get_last_activity(COMPONENT))["last_activity"]["seconds"])

    async def ask_roster(self):
        iq = self.make_iq_get(queryxmlns="jabber:iq:roster", ito=COMPONENT)
        return str(await iq.send())

    async def run_command(self, node, more):
        commands = self["xep_0050"]
        steps = []
        iq = await commands.send_command(COMPONENT, node)
        values = {"account": ACCOUNT}
        while True:
            command = iq["command"]
            notes = [text for _, text in command["notes"]]
            steps.append({"status": command["status"], "notes": notes, "form": form_of(command)})
            if command["status"] != "executing":
                return steps
            form = self["xep_0004"].make_form(ftype="submit")
            for var, value in values.items():
                form.add_field(var=var, value=value)
            action = "next" if "next" in command["actions"] else "complete"
            session = command["sessionid"]
            iq = await commands.send_command(COMPONENT, node, action=action, payload=form, sessionid=session)
            values = {**values, **more}


client = Client()
client.connect((HOST, int(PORT)), use_ssl=False, force_starttls=False, disable_starttls=True)
try:
    client.loop.run_until_complete(asyncio.wait_for(client.disconnected, 30))
finally:
    print(json.dumps(client.answers))
