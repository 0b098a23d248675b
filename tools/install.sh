#!/bin/sh
# Installs what package-lock.json says, only when it says something new: install.sh runtime | all
# "runtime" leaves the tools of tests and checks out; what is there already is never taken away, so a running installation keeps its Node.
set -eu
scope=${1:-runtime}
cd "$(dirname -- "$0")/.."
stamp=node_modules/.fairway-installed

wanted=$(cksum < package-lock.json)
[ -x node_modules/.bin/biome ] && scope=all
if [ -x node_modules/node/bin/node ] && [ -f "$stamp" ]; then
  [ "$(cat "$stamp")" = "$scope $wanted" ] && exit 0
fi

command -v npm > /dev/null || {
  echo "error: npm is not installed" >&2
  echo "next: install Node 20 or newer with npm" >&2
  exit 1
}
omit=--omit=dev
[ "$scope" = all ] && omit=--include=dev
if [ -x node_modules/node/bin/node ]; then
  # npm ci begins by removing node_modules, which would pull the Node away from under whatever runs from this checkout.
  npm install --no-save "$omit" --loglevel=error
else
  npm ci "$omit" --loglevel=error
fi
case "$(node_modules/node/bin/node --version)" in
  v24.*) ;;
  *)
    echo "error: Node 24 was not installed; npm may not run install scripts here (ignore-scripts)" >&2
    echo "next: npm config set ignore-scripts false, remove node_modules, and try again" >&2
    exit 1
    ;;
esac
echo "$scope $wanted" > "$stamp"
