#!/usr/bin/env bash
# Publishes the native executable to artifacts/minik8s.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p artifacts
dotnet publish src/Minik8s.Host -c Release -r "linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')" -o artifacts/publish --nologo -v quiet
cp -f artifacts/publish/minik8s artifacts/minik8s
