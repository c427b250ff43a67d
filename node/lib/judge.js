'use strict';
// Judges servers and clients: as a whole, or as one test per check.

const { randomInt } = require('node:crypto');
const { serve } = require('./adapter.js');
const { RunError, checkIds, judge } = require('./binary.js');
const { host, listen } = require('./hosting.js');
const { Report, Violation, outcome, text } = require('./report.js');

/** How long all checks together may take in a test. */
const RUN_MS = 600_000;
const COMMAND_LINE_ONLY = ['--live', '--allow-spend'];

/** The options of the program that both sides have. */
function optionsOf({ only = [], skip = [], seed, cases, strict, args = [] }) {
  for (const arg of args) {
    if (COMMAND_LINE_ONLY.includes(arg.split('=')[0])) throw new TypeError(`${arg} is accepted on the command line of \`ringtrue\` only`);
  }
  const globs = [...[only].flat().flatMap((glob) => ['--only', glob]), ...[skip].flat().flatMap((glob) => ['--skip', glob])];
  const numbers = [...(seed === undefined ? [] : ['--seed', String(seed)]), ...(cases === undefined ? [] : ['--cases', String(cases)])];
  return [...globs, ...numbers, ...(strict ? ['--strict'] : []), ...args];
}

/** Serves what is of this process, makes the run, and ends what was served. */
async function runServer(contract, subject, options) {
  const { url, app, states, key, otherKey, basePath = '' } = typeof subject === 'function' ? await subject() : subject;
  if ((url === undefined) === (app === undefined)) throw new TypeError('a server has either `url` or `app`');
  const running = [];
  try {
    let base = url;
    if (app !== undefined) {
      running.push(await host(app));
      base = running[0].url + basePath;
    }
    const line = ['server', contract, '--url', base, ...optionsOf(options)];
    if (typeof states === 'string') line.push('--states', states);
    else if (states) {
      const served = await listen(states.http);
      running.push(served);
      line.push('--states', `${served.url}/states`);
    }
    const secrets = Object.fromEntries(Object.entries({ RINGTRUE_KEY: key, RINGTRUE_OTHER_KEY: otherKey }).filter(([, value]) => value));
    return new Report(await judge(line, { secrets }), options);
  } finally {
    await Promise.all(running.map((one) => one.close()));
  }
}

async function runClient(contract, create, options) {
  if (typeof create !== 'function') throw new TypeError('a client is a class, or a function that gets the configuration');
  const served = await serve(create, options);
  try {
    return new Report(await judge(['client', contract, ...optionsOf(options)], { command: served.command }), options);
  } finally {
    await served.close();
  }
}

/** Judges a server and returns the report. */
const judgeServer = (contract, subject, options = {}) => runServer(contract, subject, options);

/** Judges a client and returns the report. */
const judgeClient = (contract, create, options = {}) => runClient(contract, create, options);

/** Whether an id matches one of the globs. */
function matches(id, globs) {
  const pattern = (glob) => new RegExp(`^${glob.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return [globs].flat().some((glob) => pattern(glob).test(id));
}

/** Registers one test per check. All are judged in one run, which the first of them makes. */
function register(test, side, contract, subject, options) {
  const { only = [], skip = [] } = options;
  const seed = options.seed ?? randomInt(2 ** 32);
  const ids = checkIds(side).filter((id) => (![only].flat().length || matches(id, only)) && !matches(id, skip));
  if (!ids.length) throw new RunError('`only` and `skip` select no check');
  const run = side === 'server' ? runServer : runClient;
  let report;
  for (const id of ids) {
    test(`${contract} ${side}: ${id}`, { timeout: options.timeoutMs ?? RUN_MS }, async (context) => {
      report ??= run(contract, subject, { ...options, seed });
      const found = await report;
      const check = found.check(id) ?? raise(new RunError(`the report has no result of ${id}`));
      switch (outcome(check, options)) {
        case 'failed':
          throw new Violation(text(found, check), check);
        case 'skipped':
          context.skip(`${check.verdict}: ${(check.reason ?? '').split('\n')[0]}`);
          break;
        case 'warned':
          warn(context, text(found, check));
          break;
        default:
      }
    });
  }
}

function raise(error) {
  throw error;
}

function warn(context, message) {
  if (context.diagnostic) context.diagnostic(message);
  else console.warn(message);
}

/** Registers one test per check of a server. `test` is that of `node:test` or of vitest. */
const testServer = (test, contract, subject, options = {}) => register(test, 'server', contract, subject, options);

/** Registers one test per check of a client. `test` is that of `node:test` or of vitest. */
const testClient = (test, contract, create, options = {}) => register(test, 'client', contract, create, options);

module.exports = { judgeClient, judgeServer, testClient, testServer };
