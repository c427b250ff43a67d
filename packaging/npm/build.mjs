// Makes the npm packages out of built programs: `node packaging/npm/build.mjs OUT TARGET=PROGRAM...`
//
// TARGET is a Rust target triple. The meta package `ringtrue` names the package of each platform that was given as an optional
// dependency; npm installs the one that fits. Prints the folders, the meta package last.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rust targets, and what npm calls them. Linux programs are static, so that they run with any C library. */
const PLATFORMS = {
  'x86_64-unknown-linux-musl': ['linux', 'x64'],
  'aarch64-unknown-linux-musl': ['linux', 'arm64'],
  'x86_64-unknown-linux-gnu': ['linux', 'x64'],
  'aarch64-unknown-linux-gnu': ['linux', 'arm64'],
  'x86_64-apple-darwin': ['darwin', 'x64'],
  'aarch64-apple-darwin': ['darwin', 'arm64'],
  'x86_64-pc-windows-msvc': ['win32', 'x64'],
};

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const manifest = readFileSync(join(root, 'crates/ringtrue-cli/Cargo.toml'), 'utf8');
const version = /^version = "(.+)"$/m.exec(manifest)[1];

const [out, ...programs] = process.argv.slice(2);
if (!out || !programs.length) {
  console.error('usage: node packaging/npm/build.mjs OUT TARGET=PROGRAM...');
  process.exit(2);
}

const meta = JSON.parse(readFileSync(join(here, 'ringtrue/package.json'), 'utf8'));
meta.version = version;
meta.optionalDependencies = {};

for (const program of programs) {
  const [target, path] = program.split('=');
  if (!PLATFORMS[target] || !path) {
    console.error(`\`${program}\` is not TARGET=PROGRAM with one of these targets: ${Object.keys(PLATFORMS).join(', ')}`);
    process.exit(2);
  }
  const [os, cpu] = PLATFORMS[target];
  const name = `@ringtrue/${os}-${cpu}`;
  const file = os === 'win32' ? 'ringtrue.exe' : 'ringtrue';
  const folder = fresh(join(out, `${os}-${cpu}`));
  copyFileSync(path, join(folder, file));
  chmodSync(join(folder, file), 0o755);
  write(join(folder, 'package.json'), {
    name,
    version,
    description: `The program ringtrue for ${os} on ${cpu}`,
    license: meta.license,
    repository: meta.repository,
    os: [os],
    cpu: [cpu],
    files: [file, 'LICENSE-*'],
    preferUnplugged: true,
  });
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\nThe program [ringtrue](https://github.com/ringtrue/ringtrue) for ${os} on ${cpu}.\n`);
  meta.optionalDependencies[name] = version;
  console.log(folder);
}

const folder = fresh(join(out, 'ringtrue'));
cpSync(join(here, 'ringtrue'), folder, { recursive: true });
write(join(folder, 'package.json'), meta);
console.log(folder);

/** An empty folder with the licences. */
function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const licence of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(join(root, licence), join(folder, licence));
  return folder;
}

function write(path, json) {
  writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`);
}
