/** True for a path that the ignore file leaves out. */
export type IgnoreRules = (path: string) => boolean;

interface Rule {
  pattern: RegExp;
  keep: boolean;
}

/**
 * Reads an ignore file. `docker`: patterns start at the root (.dockerignore); `git`: a pattern without a slash in it matches at any depth
 * (.fairwayignore). The last matching rule decides, `!` keeps.
 */
export function parseIgnoreRules(text: string, dialect: 'docker' | 'git'): IgnoreRules {
  const rules: Rule[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const keep = line.startsWith('!');
    const body = (keep ? line.slice(1) : line).replace(/\/+$/, '');
    const anywhere = dialect === 'git' && !body.includes('/');
    const glob = body.replace(/^(\.?\/)+/, '');
    if (glob !== '' && glob !== '.') rules.push({ pattern: globPattern(glob, anywhere), keep });
  }
  return (path) => {
    let ignored = false;
    for (const rule of rules) if (rule.pattern.test(path)) ignored = !rule.keep;
    return ignored;
  };
}

/** A glob as a pattern that also matches everything below what it names. */
function globPattern(glob: string, anywhere: boolean): RegExp {
  let source = '';
  for (let index = 0; index < glob.length; index += 1) {
    const char = glob[index] ?? '';
    if (glob.startsWith('**/', index)) {
      source += '(?:[^/]+/)*';
      index += 2;
    } else if (glob.startsWith('**', index)) {
      source += '.*';
      index += 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else source += char.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return new RegExp(`^${anywhere ? '(?:.*/)?' : ''}${source}(?:/.*)?$`);
}
