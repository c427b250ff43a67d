'use strict';
// The state handler: puts a server into the states that checks need.

const NAMES = ['account', 'balance', 'key.revoked', 'key.expired', 'backend.down', 'rate.limited', 'clock', 'jobs.settled'];

/** `key.revoked` is also `keyRevoked`. */
const camel = (name) => name.replace(/\.(.)/, (_, letter) => letter.toUpperCase());

/** Makes a state handler of one function per state. */
function stateHandler(states) {
  const functionOf = (name) => (NAMES.includes(name) ? states[name] ?? states[camel(name)] : undefined);
  for (const name of Object.keys(states)) {
    if (!NAMES.some((one) => one === name || camel(one) === name)) throw new TypeError(`there is no state \`${name}\``);
  }
  const open = new Map();

  async function obey({ action, state, params = {} }) {
    if (action === 'describe') return { ok: true, values: { states: NAMES.filter(functionOf) } };
    const set = functionOf(state);
    if (!set) return { unsupported: `no state ${state}` };
    const place = JSON.stringify([state, Object.entries(params).sort()]);
    if (action === 'teardown') {
      await open.get(place)?.pop()?.();
      if (!open.get(place)?.length) open.delete(place);
      return { ok: true };
    }
    if (action !== 'setup') return { unsupported: `no action ${action}` };
    const result = await set.call(states, params);
    if (typeof result === 'function') open.set(place, [...(open.get(place) ?? []), result]);
    return result && typeof result === 'object' ? { ok: true, values: result } : { ok: true };
  }

  /** Obeys one message of the state protocol. */
  async function handle(message) {
    try {
      return await obey(typeof message === 'string' ? JSON.parse(message) : message);
    } catch (error) {
      return error?.unsupported ? { unsupported: error.message } : { error: String(error?.message ?? error) };
    }
  }

  /** A request listener, and a handler for Express, with or without a parser of bodies. */
  async function listener(request, response) {
    let message = request.body;
    if (message === undefined || Buffer.isBuffer(message)) {
      const chunks = message ? [message] : [];
      if (!message) for await (const chunk of request) chunks.push(chunk);
      message = Buffer.concat(chunks).toString('utf8');
    }
    const answer = Buffer.from(JSON.stringify(await handle(message)));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  }

  return {
    handle,
    http: listener,
    express: listener,
    fastify: (request) => handle(request.body),
    hono: async (context) => context.json(await handle(await context.req.text())),
  };
}

/** What a state function throws for what cannot be set. */
stateHandler.unsupported = (message) => Object.assign(new Error(message), { unsupported: true });

module.exports = { stateHandler };
