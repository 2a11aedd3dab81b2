#!/usr/bin/env bash
# Builds and tests everything: ./test.sh [unit|integration|e2e [filter]]. The filter is a substring of the tests' full names.
# Ends with a line "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

suite=${1:-all}
filter=${2:-}
case $suite in all | unit | integration | e2e) ;; *)
    echo "usage: ./test.sh [unit|integration|e2e [filter]]" >&2
    exit 2 ;;
esac

eng/install-prerequisites.sh "$([[ $suite == unit ]] && echo build || echo run)" etcd
eng/install-dotnet.sh
export PATH=$PATH:/usr/share/dotnet:/usr/local/share/dotnet
dotnet build --nologo -v quiet

projects=()
[[ $suite == all || $suite == unit ]] && projects+=(test/*.Tests)
[[ $suite == all || $suite == integration ]] && projects+=(test/Minik8s.Integration)
if [[ $suite == all || $suite == e2e ]]; then
    # End to end runs on the native executable that users get; set MINIK8S_EXECUTABLE to test another build.
    if [[ -z ${MINIK8S_EXECUTABLE:-} ]]; then
        eng/publish.sh
        export MINIK8S_EXECUTABLE=$PWD/artifacts/minik8s
    fi
    projects+=(test/Minik8s.E2E)
fi

passed=0 failed=0 skipped=0
number() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$2" | tail -n 1; }
plain() { sed -uE $'s/\x1b\\[[0-9;]*[A-Za-z]//g'; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in "${projects[@]}"; do
    name=$(basename "$project")
    echo "== $name"
    arguments=(--ignore-exit-code 8 --progress off)
    [[ -n $filter ]] && arguments+=(--filter-method "*$filter*")
    status=0
    dotnet "$project/bin/Debug/net10.0/$name.dll" "${arguments[@]}" 2>&1 | plain | tee "$log" || status=$?
    p=$(number succeeded "$log") f=$(number failed "$log") s=$(number skipped "$log")
    # A test process that dies before its summary counts as a failure of its own.
    [[ $status -ne 0 && ${f:-0} -eq 0 ]] && f=1
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
done

if [[ $skipped -gt 0 ]]; then echo "$passed passed, $failed failed, $skipped skipped"; else echo "$passed passed, $failed failed"; fi
[[ $failed -eq 0 ]]
