// A longer line of text is cut into pieces: one line can never grow without bound in memory.
const maxLineChars = 1_048_576;

/** The lines of a streamed answer, without their ends. What stands behind the last line end is a line too, unless only whole lines count. */
export async function* readLines(
  response: Response,
  options: { maxChars?: number; unfinished?: 'yield' | 'drop' } = {},
): AsyncGenerator<string> {
  if (response.body === null) return;
  const { maxChars = maxLineChars, unfinished = 'yield' } = options;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', start)) {
      yield rest.slice(start, end).replace(/\r$/, '');
      start = end + 1;
    }
    rest = rest.slice(start);
    while (rest.length > maxChars) {
      yield rest.slice(0, maxChars);
      rest = rest.slice(maxChars);
    }
  }
  rest += decoder.decode();
  if (rest !== '' && unfinished === 'yield') yield rest;
}
