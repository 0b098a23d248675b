/**
 * Leads a container's process group and outlives the application by an instant, to write down how it ended: `$1` is the file, the rest is the
 * application's command. It is a constant and everything else arrives as arguments, so that no user's text is ever read as shell.
 *
 * - TERM, INT and HUP reach the application through the group; the shim only notes them, because a signal ends `wait` too early (then it waits again).
 *   127 after an earlier answer means "nothing left to wait for" and keeps that answer.
 * - The file is renamed into place, so that a reader sees a whole number or no file. `command -p` finds mv whatever PATH the application got.
 * - After the start it lets go of stdout and stderr, so that a message of the shell never ends up in the application's log.
 */
export const shim = `end=$1
shift
again=
trap 'again=1' TERM INT HUP
( exec "$@" ) &
child=$!
exec >/dev/null 2>&1
code=
while :; do
  again=
  wait "$child"
  now=$?
  if [ "$now" -ne 127 ] || [ -z "$code" ]; then code=$now; fi
  [ -z "$again" ] && break
done
printf '%s\\n' "$code" >"$end.new"
command -p mv -f "$end.new" "$end"
`;
