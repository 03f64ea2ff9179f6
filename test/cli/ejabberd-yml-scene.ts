import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkEjabberd, findEjabberd } from '../../src/cli/check/ejabberd/check.js';
import type { Finding } from '../../src/cli/check/finding.js';

export const folder = mkdtempSync(join(tmpdir(), 'respool-yml-'));
process.on('exit', () => rmSync(folder, { recursive: true })); // the tests are of other files

export const CONFIG = {
  component: {
    host: '127.0.0.1',
    nodes: ['127.0.0.1'],
    port: 5347,
    domain: 'respool.example.org',
    secret: 'hush "quite"',
  },
  hosts: new Set(['example.org', 'example.net']),
};

/** Nothing in it is wrong. */
export const RIGHT = `
define_macro:
  SECRET: 'hush "quite"'
  DB: sql
hosts: [example.org, Example.NET]
default_db: DB
sql_type: pgsql
listen:
  - {port: 5222, module: ejabberd_c2s, max_stanza_size: 262144}
  - {port: 5269, module: ejabberd_s2s_in}
  - port: 5347
    ip: "127.0.0.1"
    module: ejabberd_service
    check_from: false
    hosts:
      respool.example.org: {password: SECRET}
acl:
  admin: {user: [admin@example.org]}
  local: {user_regexp: ""}
shaper_rules:
  max_user_offline_messages: {5000: admin, 2000: local}
modules:
  mod_carboncopy: {}
  mod_mam: {default: always}
  mod_offline: {}
  mod_push_offline: {host: "respool.example.org"}
  mod_service_log: {loggers: [respool.example.org]}
  mod_stream_mgmt: {resend_on_timeout: if_offline}
`;

let files = 0;
export function write(text: string, name = `${++files}.yml`): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** RIGHT with some of its text replaced. */
export function wrong(...changes: [from: string, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from);
    return text.replace(from, () => to);
  }, RIGHT);
}

export const bad = (findings: Finding[]) =>
  findings.filter(({ level }) => level !== 'ok').map(({ level, text }) => `${level}: ${text}`);
export const review = (text: string, connected = false, proved?: string) =>
  checkEjabberd(CONFIG, findEjabberd(write(text)), { connected, proved });
