#!/usr/bin/env bash
# Makes the archive of a release: `bash packaging/archive.sh TARGET OUT [PROGRAM]`. It has the program, its manual pages, completions
# and licences; cargo-binstall and the action find the program in it by its path.
set -euo pipefail
target=$1 out=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
case $target in *windows*) suffix=.exe ;; *) suffix= ;; esac
program=${3:-$root/target/$target/release/ringtrue$suffix}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=$scratch/ringtrue-$target
mkdir -p "$folder/completions" "$out"
cp "$program" "$folder/ringtrue$suffix"
cp "$root"/LICENSE-* "$root/README.md" "$folder"
"$program" man "$folder/man"
for shell in bash zsh fish powershell; do
    "$program" completions "$shell" >"$folder/completions/ringtrue.$shell"
done
out=$(cd "$out" && pwd)
cd "$scratch"
if [ -n "$suffix" ]; then 7z a -bd "$out/ringtrue-$target.zip" "ringtrue-$target" >/dev/null; else tar -czf "$out/ringtrue-$target.tar.gz" "ringtrue-$target"; fi
