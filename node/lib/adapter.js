'use strict';
// The adapter: speaks the adapter protocol for a client of this process.

const { randomBytes, timingSafeEqual } = require('node:crypto');
const net = require('node:net');
const { join } = require('node:path');
const { createInterface } = require('node:readline');
const { classify, errorResult, valueResult } = require('./client.js');

const FUNCTIONS = ['check', 'spend', 'invalidate'];

class Unsupported extends Error {}

/** The operations of one connection. */
function operations(create, { capabilities, clock = [], errors, parallel = 16, name }) {
  const sessions = new Map();
  const sessionOf = (id) => sessions.get(id) ?? raise(new Error(`no session ${id}`));
  // The prototype of a class shows what it can do.
  const methods = ['spend', 'invalidate', 'rekey'].filter((one) => typeof create.prototype?.[one] === 'function');

  return {
    hello: () => ({
      protocol: 1,
      implementation: { name: name ?? (create.name || 'client'), version: '0', language: `node ${process.versions.node}` },
      capabilities: [...new Set([...(capabilities ?? []), ...methods])],
      clock: [clock].flat(),
      parallel,
    }),
    open: async ({ session, config }) => {
      const state = { ahead: 0, client: undefined };
      const given = {
        baseUrl: config.base_url,
        key: config.key,
        tenant: config.tenant,
        timeoutMs: config.timeout_ms,
        cacheTtlMs: config.cache_ttl_ms,
        now: () => Date.now() + state.ahead,
      };
      const isClass = /^class\b/.test(Function.prototype.toString.call(create));
      state.client = await (isClass ? new create(given) : create(given));
      sessions.set(session, state);
      return {};
    },
    call: async ({ session, fn }) => {
      const { client } = sessionOf(session);
      if (!FUNCTIONS.includes(fn) || typeof client[fn] !== 'function') throw new Unsupported(`no function ${fn}`);
      try {
        return valueResult(await client[fn]());
      } catch (error) {
        return errorResult(classify(error, errors));
      }
    },
    rekey: async ({ session, key }) => {
      const { client } = sessionOf(session);
      if (typeof client.rekey !== 'function') throw new Unsupported('the client has no rekey');
      await client.rekey(key);
      return {};
    },
    clock: ({ session, advance_ms }) => ((sessionOf(session).ahead += advance_ms), {}),
    close: async ({ session }) => {
      const { client } = sessionOf(session);
      sessions.delete(session);
      await client.close?.();
      return {};
    },
  };
}

function raise(error) {
  throw error;
}

/** Answers one message. */
async function answer(known, line) {
  const { id, op, ...rest } = JSON.parse(line);
  try {
    if (!Object.hasOwn(known, op)) throw new Unsupported(`no operation ${op}`);
    return { id, ok: await known[op](rest) };
  } catch (error) {
    return error instanceof Unsupported ? { id, unsupported: error.message } : { id, adapter_error: String(error?.stack ?? error) };
  }
}

/** Serves a client of this process; `command` is the adapter that leads to it. */
async function serve(create, options) {
  const token = randomBytes(16).toString('hex');
  const sockets = new Set();
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let known;
    createInterface({ input: socket }).on('line', async (line) => {
      if (!known) {
        const right = line.length === token.length && timingSafeEqual(Buffer.from(line), Buffer.from(token));
        if (right) known = operations(create, options);
        else socket.destroy();
        return;
      }
      if (!line.trim()) return;
      const reply = await answer(known, line);
      if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`);
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { command: [process.execPath, join(__dirname, 'relay.js'), String(server.address().port), token], close };
}

module.exports = { answer, operations, serve };
