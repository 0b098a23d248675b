/** A piece of a Markdown file, with the line that it begins on. */
export interface Piece {
  line: number;
  text: string;
}

export interface Markdown {
  /** Targets of links and images, as they are written. */
  links: readonly Piece[];
  /** Lines of fenced code, one by one. */
  code: readonly Piece[];
  /** Code inside of a sentence. */
  inline: readonly Piece[];
  headings: readonly Piece[];
}

const fence = /^\s*(```+|~~~+)/;
const link = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const inlineCode = /(`+)(.+?)\1/g;
const heading = /^#{1,6}\s+(.+?)\s*#*$/;

/** Parts a Markdown file into what the checks look at. Links inside of code are no links. */
export function readMarkdown(text: string): Markdown {
  const found = { links: [] as Piece[], code: [] as Piece[], inline: [] as Piece[], headings: [] as Piece[] };
  let closing: string | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = index + 1;
    const mark = fence.exec(raw)?.[1];
    if (closing !== undefined) {
      if (mark?.startsWith(closing) === true && raw.trim() === mark) closing = undefined;
      else found.code.push({ line, text: raw });
      continue;
    }
    if (mark !== undefined) {
      closing = mark;
      continue;
    }
    const title = heading.exec(raw)?.[1];
    if (title !== undefined) found.headings.push({ line, text: title });
    for (const [, , code = ''] of raw.matchAll(inlineCode)) found.inline.push({ line, text: code.trim() });
    // A code span as the text of a link stays; one that looks like a link goes.
    for (const [, target = ''] of raw.replace(inlineCode, '').matchAll(link)) found.links.push({ line, text: target });
  }
  return found;
}

/** The anchor that a heading gets, as hosts of Markdown make it. */
export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[`*_]/g, '')
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
