/**
 * A command line that the application's author wrote (Procfile, fairway.yaml, package.json), as program and arguments. Plain words run
 * directly; anything that needs a shell (variables, quotes, pipes) goes to one, with the application's own programs on its path.
 */
export function commandOf(line: string, programs: readonly string[]): readonly string[] {
  const words = line.trim().split(/\s+/);
  if (/^(node|python3|sh)$/.test(words[0] ?? '') && words.every((word) => /^[\w@%+=:,./-]+$/.test(word))) return words;
  const path = programs.map((folder) => `$PWD/${folder}:`).join('');
  const prepare = path === '' ? '' : `PATH="${path}$PATH"; export PATH; `;
  // One simple command replaces the shell, so that it gets the signals itself.
  const isSimple = !/[;&|<>()`\n]|\$\(|^\s*\w+=|^(cd|export|exec|if|for|while|set)\b/.test(line);
  return ['/bin/sh', '-c', `${prepare}${isSimple ? 'exec ' : ''}${line.trim()}`];
}
