/** Kinds of stanza that have no body of their own, or more than one; by their names, what is in them. */
const STORE = "<store xmlns='urn:xmpp:hints'/>";
const BODY = '<body>hush</body>';
const SHARED = "<reference xmlns='urn:xmpp:reference:0' type='data' uri='cid:1'/>";
const FILE =
  "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'><name>a.png</name></file></file-sharing>";
const OMEMO = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>";

/** @param target the id of the message that the stanza is about */
export function kinds(target: string): Record<string, string> {
  return {
    'receipt (XEP-0184)': `<received xmlns='urn:xmpp:receipts' id='${target}'/>`,
    'marker (XEP-0333)': `<displayed xmlns='urn:xmpp:chat-markers:0' id='${target}'/>`,
    'chat state (XEP-0085)': "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
    'call set-up (XEP-0353)': `<propose xmlns='urn:xmpp:jingle-message:0' id='c1'/>${STORE}`,
    'call invitation (XEP-0482)': `<invite xmlns='urn:xmpp:call-invites:0' id='c2'><jingle sid='s'/></invite>${STORE}`,
    'attention (XEP-0224)': "<attention xmlns='urn:xmpp:attention:0'/>",
    'IBB data (XEP-0047)': "<data xmlns='http://jabber.org/protocol/ibb' sid='s' seq='0'>aGk=</data>",
    'Jingle (XEP-0166)': "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/>",
    'text as it is typed (XEP-0301)': "<rtt xmlns='urn:xmpp:rtt:0' seq='1'><t>hu</t></rtt>",
    'room invitation, mediated (XEP-0045)':
      "<x xmlns='http://jabber.org/protocol/muc#user'><invite from='eve@alpha.test'/></x>",
    'room invitation, direct (XEP-0249)':
      "<x xmlns='jabber:x:conference' jid='garden@conference.alpha.test'/>",
    'data form (XEP-0004)': "<x xmlns='jabber:x:data' type='form'><field var='ocr' type='text-single'/></x>",
    'event of a node (XEP-0060, XEP-0163)':
      "<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:xmpp:mood'><item id='1'/></items></event>",
    'correction (XEP-0308)': `${BODY}<replace xmlns='urn:xmpp:message-correct:0' id='${target}'/>`,
    'retraction (XEP-0424)': `<retract xmlns='urn:xmpp:message-retract:1' id='${target}'/>${STORE}`,
    'retraction, older (XEP-0424)': `<apply-to xmlns='urn:xmpp:fasten:0' id='${target}'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>${STORE}`,
    'reaction (XEP-0444)': `<reactions xmlns='urn:xmpp:reactions:0' id='${target}'><reaction>+</reaction></reactions>${STORE}`,
    'OMEMO key transport (XEP-0384)': `${OMEMO}${STORE}`,
    'private, as OTR has it (XEP-0280)': "<body>?OTR:AAMC</body><private xmlns='urn:xmpp:carbons:2'/>",
    'hint no-copy (XEP-0334)': `${BODY}<no-copy xmlns='urn:xmpp:hints'/>`,
    'hint no-store (XEP-0334)': `${BODY}<no-store xmlns='urn:xmpp:hints'/>`,
    'file sharing without a body (XEP-0447)': FILE,
    'file sharing with a body (XEP-0447)': `<body>https://a.test/a.png</body>${FILE}${SHARED}`,
    'out-of-band address (XEP-0066)': "<x xmlns='jabber:x:oob'><url>https://a.test/a.png</url></x>",
    'subject alone': '<subject>news</subject>',
    'ephemeral message (XEP-0466)': `${BODY}<ephemeral xmlns='urn:xmpp:ephemeral:0' timer='600'/>`,
    'end of its time (XEP-0023)': `${BODY}<x xmlns='jabber:x:expire' seconds='90'/>`,
  };
}
