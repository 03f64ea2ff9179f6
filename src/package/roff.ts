/** Text for a man page (man(7)): no character of it is taken for a command. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(/`([^`]+)`/g, '\\fB$1\\fR');
}

export function title(name: string, section: number, { version, date }: Edition): string {
  return `.TH ${name.toUpperCase()} ${section} "${date}" "respool ${version}" "respool"\n`;
}

/** Of which version a page is, and of which day (YYYY-MM-DD). */
export interface Edition {
  version: string;
  date: string;
}

export const section = (name: string, body: string) => `.SH "${name.toUpperCase()}"\n${begun(body)}`;

export const subsection = (name: string, body: string) => `.SS "${roff(name)}"\n${begun(body)}`;

/** A section begins a paragraph by itself. */
const begun = (body: string) => body.replace(/^\.PP\n/, '');

export const paragraph = (text: string) => `.PP\n${roff(text)}\n`;

/** A term, and what is said of it below it. */
export function item(term: string, ...texts: readonly string[]): string {
  return `.TP\n\\fB${roff(term)}\\fR\n${texts.map(roff).join('\n.br\n')}\n`;
}

/** Text as a terminal shows it: paragraphs, and parts with indented lines, which stay as they are. */
export function prose(text: string): string {
  const blocks = text.split('\n\n').filter(block => block !== '');
  return blocks
    .map(block => (/^ /m.test(block) ? verbatim(block) : paragraph(block.replaceAll('\n', ' '))))
    .join('');
}

/** Text whose lines stay as they are. */
export const verbatim = (text: string) => `.PP\n.nf\n${roff(text)}\n.fi\n`;
