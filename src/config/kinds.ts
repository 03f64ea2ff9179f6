import { parseJid } from '../xmpp/jid.js';
import { parseDuration, parseSize } from './units.js';

/** A kind of value in the config file. */
export interface Kind<T> {
  /** What an operator may write, as a noun phrase. */
  allowed: string;
  /** Reads a value as YAML gives it; undefined where it is not allowed. */
  read(value: unknown): T | undefined;
}

export interface HostAndPort {
  host: string;
  port: number;
}

/** @param what it is, as a noun phrase without line ends, for example "a file's path" */
export function text(what: string): Kind<string> {
  return {
    allowed: `${what} (text)`,
    read: value => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
  };
}

/** One of some words. */
export function oneOf<const Word extends string>(words: readonly Word[]): Kind<Word> {
  return {
    allowed: `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`,
    read: value => words.find(word => word === value),
  };
}

export const yesOrNo: Kind<boolean> = {
  allowed: 'true or false',
  read: value => (typeof value === 'boolean' ? value : undefined),
};

export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    read: value =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined,
  };
}

/** Bounds as an operator writes them, both allowed. */
export function duration(least: string, most: string): Kind<number> {
  const [from = 0, to = 0] = [parseDuration(least), parseDuration(most)];
  return {
    allowed: `a duration from ${least} to ${most}, with its unit (ms, s, m, h, d or w; for example 2s or 14d)`,
    read(value) {
      const read = typeof value === 'string' ? parseDuration(value) : undefined;
      return read !== undefined && read >= from && read <= to ? read : undefined;
    },
  };
}

export function size(least: string): Kind<number> {
  const from = parseSize(least) ?? 0;
  return {
    allowed: `a size of at least ${least}, with its unit (kB, MB, GB, TB, or KiB, MiB, GiB, TiB; for example 4GiB)`,
    read(value) {
      const read = typeof value === 'string' ? parseSize(value) : undefined;
      return read !== undefined && read >= from && Number.isSafeInteger(read) ? read : undefined;
    },
  };
}

export const domain: Kind<string> = {
  allowed: 'a domain name such as example.org',
  read(value) {
    const jid = typeof value === 'string' ? parseJid(value.replace(/\.$/, '')) : null; // the root of DNS adds nothing
    return jid !== null && jid.full === jid.domain ? jid.domain : undefined;
  },
};

export const domains: Kind<ReadonlySet<string>> = {
  allowed: 'a list of one or more domain names, such as [example.org]',
  read(value) {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const read = value.map(one => domain.read(one));
    return read.includes(undefined) ? undefined : new Set(read as string[]);
  },
};

export const hostOrHosts: Kind<readonly string[]> = {
  allowed: "the host of ejabberd's component listener, or a list of such",
  read(value) {
    const hosts = Array.isArray(value) ? value : [value];
    const isFine = hosts.every(one => typeof one === 'string' && /^[^\s,]+$/.test(one));
    return isFine && hosts.length > 0 && new Set(hosts).size === hosts.length ? hosts : undefined;
  },
};

export const listenAddress: Kind<HostAndPort> = {
  allowed: '"HOST:PORT", such as "127.0.0.1:9280" or "[::1]:9280" (port 0 lets the system choose)',
  read(value) {
    const [, v6, name, digits] =
      typeof value === 'string' ? (/^(?:\[([^\s[\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(value) ?? []) : [];
    const host = v6 ?? name;
    const port = Number(digits);
    return host !== undefined && port <= 65_535 ? { host, port } : undefined;
  },
};
