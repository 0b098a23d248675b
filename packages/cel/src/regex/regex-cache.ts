import { Regex } from './regex.ts';

/** Each may hold some hundred states, so few are kept; the one that was made first goes first. */
const mostPatterns = 50;

/** Expressions of patterns that only turn up while something runs. */
export class RegexCache {
  readonly #regexes = new Map<string, Regex>();

  /** Throws for a pattern that is none. */
  get(pattern: string): Regex {
    const known = this.#regexes.get(pattern);
    if (known !== undefined) return known;
    const regex = new Regex(pattern);
    const [oldest] = this.#regexes.keys();
    if (this.#regexes.size >= mostPatterns && oldest !== undefined) this.#regexes.delete(oldest);
    this.#regexes.set(pattern, regex);
    return regex;
  }
}
