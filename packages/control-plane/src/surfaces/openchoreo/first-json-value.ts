/**
 * The first JSON value of a text; what follows it is ignored, as a stream decoder does. Throws SyntaxError when there is none.
 * Only where the value ends is found here; whether it is well-formed is for JSON.parse to say.
 */
export function firstJsonValue(text: string): unknown {
  const start = text.search(/[^\t\n\r ]/);
  if (text[start] !== '{' && text[start] !== '[') return JSON.parse(text);
  let depth = 0;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (char === '"') index = endOfString(text, index);
    else if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char)) depth -= 1;
    if (depth === 0) return JSON.parse(text.slice(start, index + 1));
  }
  return JSON.parse(text);
}

/** Where the string that begins at `start` ends: its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === '\\') index += 1;
    else if (text[index] === '"') return index;
  }
  return text.length;
}
