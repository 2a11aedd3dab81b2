#!/usr/bin/env bash
# Runs every fuzzing target for some seconds, one after the other: eng/fuzz.sh [seconds a target, default 60] [first seed].
# Prints a table of how many inputs each took and the most time and memory that one needed, and the seed of each failure.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
export MINIK8S_FUZZ_SECONDS=$seconds MINIK8S_SEED=${2:-$RANDOM$RANDOM}
dotnet build --nologo -v quiet test/Minik8s.Integration
dotnet build --nologo -v quiet test/Minik8s.ApiServer.Tests
echo "first seed $MINIK8S_SEED, $seconds s a target"
status=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { dotnet "test/$1/bin/Debug/net10.0/$1.dll" "$2" "$3" --progress off --output Detailed --parallel none 2>&1 | tee -a "$log" || status=$?; }
run Minik8s.ApiServer.Tests --filter-namespace '*.Fuzzing'
run Minik8s.ApiServer.Tests --filter-class '*.RandomisedPatchTests'
run Minik8s.Integration --filter-class '*.FuzzTests'
awk 'BEGIN { printf "%-7s %-90s %s\n", "result", "target", "inputs, slowest, largest allocation" }
  /^(passed|failed) / { if (name) print row(); result = $1; name = $2; said = "" }
  /[0-9] (inputs|requests)/ { said = $0; sub(/^ +/, "", said) }
  END { if (name) print row() }
  function row() { sub(/^Minik8s\.[A-Za-z.]*\.(Fuzzing|Patches|Hostile)\./, "", name); return sprintf("%-7s %-90s %s", result, name, said) }' "$log"
exit $status
