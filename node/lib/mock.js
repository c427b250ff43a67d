'use strict';
// Mock providers.

const { spawn } = require('node:child_process');
const { createInterface } = require('node:readline');
const { RunError, findBinary } = require('./binary.js');

/** Starts a mock provider. Close it, or use it with `await using`. */
async function startMock(contract, { key, faults = [] } = {}) {
  const args = ['mock', contract, '--listen', '127.0.0.1:0', '--color', 'never'];
  if (key !== undefined) args.push('--key', key);
  for (const fault of faults) args.push('--fault', fault);
  const child = spawn(findBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  // A test process that ends must not leave it behind.
  const kill = () => child.kill();
  process.once('exit', kill);
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (problem += text));
  child.on('error', (error) => (problem += error.message));

  const addresses = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const at = line.lastIndexOf(' ');
    addresses[line.slice(0, at)] = line.slice(at + 1);
    if (line.startsWith('states ')) break;
  }
  const { states: statesUrl, ...urls } = addresses;
  if (!statesUrl) {
    await ended;
    process.off('exit', kill);
    throw new RunError(problem.trim());
  }
  child.unref();
  child.stdout.unref?.();
  child.stderr.unref?.();

  async function send(action, state, params) {
    const text = (name, value) => (['remaining', 'total'].includes(name) ? String(value) : value);
    const body = { action, state, params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, text(name, value)])) };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(statesUrl, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(10_000) });
    const told = await response.json();
    if (!told.ok) throw new RunError(`${state}: ${told.unsupported ?? told.error}`);
    return told.values ?? {};
  }

  async function close() {
    process.off('exit', kill);
    child.ref();
    child.kill();
    await ended;
  }

  return {
    url: Object.values(urls)[0],
    statesUrl,
    account: (params = {}) => send('setup', 'account', params),
    setup: (state, params = {}) => send('setup', state, params),
    teardown: async (state, params = {}) => void (await send('teardown', state, params)),
    advance: async (ms) => void (await send('setup', 'clock', { advance_ms: ms })),
    close,
    ...(Symbol.asyncDispose && { [Symbol.asyncDispose]: close }),
  };
}

module.exports = { startMock };
