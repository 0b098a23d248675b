import { Regex } from './regex.ts';

/** Each may hold some hundred states, so few are kept, and none that is large; the one that was made first goes first. */
const mostPatterns = 50;
const largestPattern = 2_000;

/** Expressions of patterns that only turn up while something runs. */
export class RegexCache {
  readonly #regexes = new Map<string, Regex>();

  /** Throws for a pattern that is none. */
  get(pattern: string): Regex {
    const known = this.#regexes.get(pattern);
    if (known !== undefined) return known;
    const regex = new Regex(pattern);
    if (regex.size > largestPattern) return regex;
    const [oldest] = this.#regexes.keys();
    if (this.#regexes.size >= mostPatterns && oldest !== undefined) this.#regexes.delete(oldest);
    this.#regexes.set(pattern, regex);
    return regex;
  }
}
