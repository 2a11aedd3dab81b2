#!/usr/bin/env bash
# Installs the .NET SDK when none that satisfies global.json is there, with the script that Microsoft documents for machines without a package feed.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v dotnet >/dev/null 2>&1 && dotnet --version >/dev/null 2>&1; then exit 0; fi
export PATH=$PATH:/usr/local/share/dotnet
if command -v dotnet >/dev/null 2>&1 && dotnet --version >/dev/null 2>&1; then exit 0; fi
echo 'installing the .NET SDK to /usr/local/share/dotnet'
command -v curl >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends curl ca-certificates >/dev/null
script=$(mktemp)
trap 'rm -f "$script"' EXIT
curl -fsSL https://dot.net/v1/dotnet-install.sh -o "$script"
bash "$script" --channel 10.0 --install-dir /usr/local/share/dotnet
ln -sf /usr/local/share/dotnet/dotnet /usr/local/bin/dotnet
