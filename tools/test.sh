#!/usr/bin/env bash
# All checks and tests, fastest refusal first. `make test`, `make test-kubernetes` and CI run this and nothing else.
#   test.sh [checks | unit | end-to-end | kubernetes]…    only these parts; all but kubernetes without an argument
# FAIRWAY_TEST_REQUIRE=all makes a missing toolchain fail, which otherwise skips its tests and lists them.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
root=$PWD

# Builds and applications that tests start must see the machine's own tools, whoever called this (npm puts node_modules/.bin in front).
machine_path=$(printf %s "$PATH" | tr ':' '\n' | grep -v '/node_modules/\(\.bin\|node/bin\)$' | grep -v '/node-gyp-bin$' | paste -sd: -)
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(checks unit end-to-end)
for part in "${parts[@]}"; do
  [[ $part =~ ^(checks|unit|end-to-end|kubernetes)$ ]] || {
    echo "error: there is no part $part" >&2
    echo "next: tools/test.sh checks | unit | end-to-end | kubernetes" >&2
    exit 2
  }
done
node=$root/node_modules/node/bin/node
results=$(mktemp)
trap 'rm -f "$results"' EXIT

part() { [[ " ${parts[*]} " == *" $1 "* ]]; }

step() {
  local name=$1 started=$SECONDS
  shift
  printf '==> %s\n' "$name"
  "$@" || {
    printf 'failed: %s (after %s s)\n' "$name" $((SECONDS - started)) >&2
    exit 1
  }
  printf '    %s s\n' $((SECONDS - started))
}

with_tools() { PATH="$root/node_modules/.bin:$machine_path" "$@"; }

node_version() {
  local version
  version=$("$node" --version)
  [[ $version == v24.* ]] || {
    echo "this repository runs on Node 24, not on $version" >&2
    return 1
  }
}

generated() {
  "$node" tools/generate-contracts.ts --check &&
    "$node" tools/generate-cli-reference.ts --check &&
    "$node" tests/kubernetes/write-conformance-page.ts --check &&
    "$node" --test --test-reporter=dot packages/builder/src/static-server/generate.test.ts
}

# Variables of whoever called this that would change what tests see: npm's and make's own, an installation's, those of a Git hook.
foreign='^(npm_(lifecycle|package|command|execpath|node_execpath|config_(local_prefix|global_prefix|prefix)).*|INIT_CWD|NODE|MAKE(FLAGS|LEVEL)|MFLAGS'
foreign+='|FAIRWAY_.*|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX))$'

# limit_s each_ms concurrency files…: a limit for all together, and for each test.
run_tests() {
  local limit=$1 each=$2 concurrency=$3 name
  shift 3
  local within=() without=()
  command -v timeout > /dev/null && within=(timeout --kill-after=30 "$limit")
  for name in $(compgen -e | grep -E "$foreign" | grep -v '^FAIRWAY_TEST_' || true); do without+=(-u "$name"); done
  env ${without[@]+"${without[@]}"} PATH="$machine_path" FAIRWAY_TEST_RESULTS="$results" ${within[@]+"${within[@]}"} \
    "$node" --disable-warning=ExperimentalWarning --test --test-concurrency="$concurrency" --test-timeout="$each" \
    --test-reporter="$root/tools/test-reporter.ts" --test-reporter-destination=stdout "$@"
}

step 'install' sh tools/install.sh all
step 'Node version' node_version
if part checks; then
  step 'format and lint' with_tools biome ci --colors=off --error-on-warnings
  step 'rooms, sizes, words, dependencies' "$node" --disable-warning=ExperimentalWarning tools/run-checks.ts
  step 'types' with_tools tsc
  step 'unused code' with_tools knip --strict --no-progress
  step 'generated files' generated
fi
if part unit; then
  step 'unit tests' run_tests 900 180000 2 'packages/*/src/**/*.test.ts' 'sdks/typescript/src/**/*.test.ts' 'tools/**/*.test.ts' 'bench/**/*.test.ts'
fi
if part end-to-end; then
  step 'bundle of the builder' "$node" tools/bundle-builder.ts
  step 'end-to-end tests' run_tests 1500 600000 1 'tests/end-to-end/**/*.test.ts'
fi
if part kubernetes; then
  # Ten minutes on two cores when nothing is built yet; nothing afterwards.
  step 'programs of Kubernetes' with_tools "$node" tools/kubernetes/build.ts
  step 'bundle of the builder' "$node" tools/bundle-builder.ts
  step 'comparison with Kubernetes' run_tests 1200 300000 1 'tests/kubernetes/**/*.test.ts'
fi

printf '\nall of it in %s s\n' "$SECONDS"
"$node" -e '
const sums = { passed: 0, failed: 0, skipped: 0 };
for (const line of require("node:fs").readFileSync(process.argv[1], "utf8").split("\n").filter(Boolean))
  for (const [name, count] of Object.entries(JSON.parse(line))) sums[name] += count;
console.log(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
' "$results"
