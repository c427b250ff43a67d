#!/usr/bin/env bash
# Installs the program for the action: downloads the archive of a release, and compares its checksum.
set -euo pipefail

finish() {
    printf 'program=%s\n' "$1" >>"$GITHUB_OUTPUT"
    "$1" --version
    exit 0
}

if [ -n "${RINGTRUE_ACTION_BINARY:-}" ]; then
    finish "$(cd "$(dirname "$RINGTRUE_ACTION_BINARY")" && pwd)/$(basename "$RINGTRUE_ACTION_BINARY")"
fi

case "$RUNNER_OS-$RUNNER_ARCH" in
Linux-X64) target=x86_64-unknown-linux-musl suffix=tar.gz ;;
Linux-ARM64) target=aarch64-unknown-linux-musl suffix=tar.gz ;;
macOS-X64) target=x86_64-apple-darwin suffix=tar.gz ;;
macOS-ARM64) target=aarch64-apple-darwin suffix=tar.gz ;;
Windows-X64) target=x86_64-pc-windows-msvc suffix=zip ;;
*)
    printf '::error::there is no ringtrue for %s on %s\n' "$RUNNER_OS" "$RUNNER_ARCH"
    exit 2
    ;;
esac

releases=https://github.com/ringtrue/ringtrue/releases
version=${RINGTRUE_ACTION_VERSION#v}
if [ "$version" = latest ]; then place=$releases/latest/download; else place=$releases/download/v$version; fi
folder=$RUNNER_TEMP/ringtrue
mkdir -p "$folder"
cd "$folder"
archive=ringtrue-$target.$suffix
for file in "$archive" SHA256SUMS; do
    curl --fail --silent --show-error --location --retry 3 --output "$file" "$place/$file"
done
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
grep -F "  $archive" SHA256SUMS | "${sum[@]}" --check -
if [ "$suffix" = zip ]; then unzip -oq "$archive"; else tar -xzf "$archive"; fi
program=$folder/ringtrue-$target/ringtrue
[ "$suffix" = zip ] && program=$program.exe
finish "$program"
