// A longer line is cut into pieces: one line can never grow without bound in memory.
const maxLineChars = 1_048_576;

/** The lines of a streamed answer, without their ends. */
export async function* readLines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.slice(0, end).replace(/\r$/, '');
      rest = rest.slice(end + 1);
    }
    while (rest.length > maxLineChars) {
      yield rest.slice(0, maxLineChars);
      rest = rest.slice(maxLineChars);
    }
  }
  if (rest !== '') yield rest;
}
