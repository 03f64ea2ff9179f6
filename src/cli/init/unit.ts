import { dirname } from 'node:path';

/** What a unit for systemd has to know. */
export interface UnitOptions {
  /** bin/respool: systemd wants an absolute path. */
  launcher: string;
  /** The Node that runs this, which the launcher has to find again. */
  node: string;
  config: string;
  /** systemd is there and can be told how respool is (systemd/send-message.ts). */
  notifies: boolean;
  /** What writes it, for its first line. */
  madeBy?: string;
}

/** The PATH that systemd gives a service. */
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** A Node that npm has installed with respool. */
const CAME_WITH = /\/node_modules\/node-linux-/;

/** Writes a unit that gives respool its spool, its config and the network, and nothing else. */
export function unitText({ node, launcher, config, notifies, madeBy = 'respool init' }: UnitOptions): string {
  const home = [node, launcher, config].some(isInHome) ? 'read-only' : 'yes';
  return `# Made by ${madeBy}.
[Unit]
Description=respool, keeps the messages that ejabberd loses
After=network.target ejabberd.service
# It is started again for ever: while it is down, copies are lost.
StartLimitIntervalSec=0

[Service]
${notifies ? NOTIFIES : ''}User=respool
Group=respool
ExecStart=${[launcher, 'run', '-c', config].map(word).join(' ')}
${environment(node)}ExecReload=/bin/kill -HUP $MAINPID
# RESPOOL_SPOOL_MAX_AGE=7d and the like, for those who prefer the environment
EnvironmentFile=-/etc/default/respool
Restart=on-failure
RestartSec=5
# wrong config: trying again cannot help
RestartPreventExitStatus=2
TimeoutStopSec=10

# /var/lib/respool, for the spool; for another place of it add ReadWritePaths=FOLDER
StateDirectory=respool
StateDirectoryMode=0700
UMask=0077
ProtectSystem=strict
ProtectHome=${home}
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

const NOTIFIES = `\
# It says when it serves its spool, connected to ejabberd or not; an upgrade of a large spool takes its time.
Type=notify
# respool speaks to systemd through systemd-notify, which is a process of its own
NotifyAccess=all
TimeoutStartSec=infinity
# WatchdogSec=3min would have it started again where its event loop or the spool's thread hangs
`;

/** Where people's own files are, which ProtectHome= hides. */
export function isInHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}

/** A word of a command line of systemd: % and $ stand for themselves. */
function word(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}

function quoted(text: string): string {
  const escaped = text.replaceAll('%', '%%');
  return /[\s"'\\;]/.test(escaped) ? `"${escaped.replace(/["\\]/g, '\\$&')}"` : escaped;
}

/** Makes the launcher find a Node that neither came with respool nor is where systemd looks. */
function environment(node: string): string {
  const folder = dirname(node);
  if (CAME_WITH.test(node) || SYSTEM_PATH.includes(folder)) return '';
  return `Environment=${quoted(`PATH=${[folder, ...SYSTEM_PATH].join(':')}`)}\n`;
}

/** Where an admin's own unit lies; systemd reads it without further settings. */
export const UNIT_FILE = '/etc/systemd/system/respool.service';

/** Where the package respool has its own. */
export const PACKAGED_UNIT = '/usr/lib/systemd/system/respool.service';

/** The name by which systemctl knows a unit file, or null where it does not look there. */
export function unitName(file: string): string | null {
  const name = /([^/]+)\.service$/.exec(file)?.[1] ?? null;
  return ['/etc/systemd/system', '/usr/local/lib/systemd/system'].includes(dirname(file)) ? name : null;
}
