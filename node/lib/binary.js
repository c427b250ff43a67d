'use strict';
// Finds and runs the program.

const { spawn, spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { mkdtemp, readFile, rm } = require('node:fs/promises');
const { createRequire } = require('node:module');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');

/** The run could not be made: no program, wrong options, a broken contract, or a subject that does not answer. */
class RunError extends Error {
  constructor(message) {
    super(message);
    this.name = 'RunError';
  }
}

/** The path of the program: `RINGTRUE_BIN`, else the one of the package `ringtrue`, else the one in `PATH`. */
function findBinary() {
  const chosen = process.env.RINGTRUE_BIN;
  if (chosen) {
    if (!existsSync(chosen)) throw new RunError(`RINGTRUE_BIN is ${chosen}, and there is no such file`);
    return chosen;
  }
  for (const folder of [join(process.cwd(), 'package.json'), __filename]) {
    try {
      return createRequire(folder)('ringtrue').path();
    } catch {
      // The package, or the one for this platform, is not installed there.
    }
  }
  const name = process.platform === 'win32' ? 'ringtrue.exe' : 'ringtrue';
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)).find(existsSync);
  if (!found) throw new RunError('the program `ringtrue` is not installed: `npm install --save-dev ringtrue`, or set RINGTRUE_BIN to its path');
  return found;
}

const known = new Map();

/** The ids of all checks of a side. */
function checkIds(side) {
  const binary = findBinary();
  if (!known.has(binary)) {
    const { status, stdout, stderr, error } = spawnSync(binary, ['list', 'checks', '--json'], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (status !== 0) throw new RunError(`${binary}: ${error?.message ?? stderr.trim()}`);
    known.set(binary, JSON.parse(stdout));
  }
  return known.get(binary).filter((check) => check.side === side).map((check) => check.id);
}

/** Makes a run and returns its report. `command` follows `--`; `secrets` reach the program through its environment. */
async function judge(options, { command = [], secrets = {} } = {}) {
  const scratch = await mkdtemp(join(tmpdir(), 'ringtrue-'));
  try {
    const path = join(scratch, 'report.json');
    const args = [...options, '--report', `json=${path}`, '--color', 'never', ...(command.length ? ['--', ...command] : [])];
    const { code, printed } = await run(findBinary(), args, secrets);
    if (![0, 1, 3].includes(code) || !existsSync(path)) {
      throw new RunError(`the run could not be made (code ${code})\n${printed.trim()}`);
    }
    return JSON.parse(await readFile(path, 'utf8'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function run(binary, args, secrets) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...secrets } });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (printed += text));
    child.on('error', (error) => reject(new RunError(`${binary}: ${error.message}`)));
    child.on('close', (code) => resolve({ code, printed }));
  });
}

module.exports = { RunError, checkIds, findBinary, judge };
