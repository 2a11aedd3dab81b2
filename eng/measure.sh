#!/usr/bin/env bash
# Measures the published executable on this machine and writes the figures into the README: eng/measure.sh [node] [api]. About five minutes; run it on a quiet
# machine, as root.
set -euo pipefail
cd "$(dirname "$0")/.."
eng/install-prerequisites.sh run
eng/publish.sh
dotnet build test/Minik8s.Benchmarks -c Release --nologo -v quiet
[[ $# -gt 0 ]] || set -- node api
for name in "$@"; do
    MINIK8S_EXECUTABLE=$PWD/artifacts/minik8s dotnet test/Minik8s.Benchmarks/bin/Release/net10.0/Minik8s.Benchmarks.dll "$name" --readme README.md
done
