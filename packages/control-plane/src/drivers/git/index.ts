/**
 * The driver for Git: bare repositories on disk through the real `git`, and its smart HTTP protocol through `git http-backend`.
 * Every command gets an argument list and a clean environment; no name of a user reaches a shell or is joined into a path unchecked.
 */
export { createGitHost } from './git-host.ts';
export { createServeGit } from './serve-git.ts';
