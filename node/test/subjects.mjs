// A server for the contract `genlook`, and clients for `leadmagic`: correct ones, and ones with a bug.
import { randomBytes } from 'node:crypto';
import { CallError, stateHandler } from '../index.mjs';

class Refused extends Error {
  constructor(status, code, { fields = {}, ...more } = {}) {
    super(code);
    Object.assign(this, { status, fields, body: { code, message: 'refused', status, ...more } });
  }
}

/** A server, as a function of a request's parts. */
export function credits({ price = 1 } = {}) {
  const accounts = new Map();
  let down = false;

  function route(method, path, keys, body) {
    const allowed = { '/account/credits': 'GET', '/try-on': 'POST' }[path];
    if (allowed !== method) {
      throw allowed ? new Refused(405, 'METHOD_NOT_ALLOWED', { fields: { allow: allowed } }) : new Refused(404, 'NOT_FOUND');
    }
    if (!keys?.length || !keys[0]) throw new Refused(401, 'MISSING_API_KEY');
    const account = keys.length === 1 ? accounts.get(keys[0]) : undefined;
    if (!account) throw new Refused(401, 'INVALID_API_KEY');
    if (down) throw new Refused(503, 'UNAVAILABLE');
    if (method === 'GET') return { creditBalance: account.credits };
    let product;
    try {
      const order = JSON.parse(body);
      product = (order.product ?? order.products[0]).externalId;
    } catch { /* refused below */ }
    if (typeof product !== 'string') throw new Refused(400, 'VALIDATION_FAILED', { details: [{ path: 'product', message: 'required' }] });
    if (account.credits < 1) throw new Refused(402, 'INSUFFICIENT_CREDITS');
    account.credits -= price;
    account.pending += price;
    return { generationId: randomBytes(8).toString('hex'), status: 'PENDING', productExternalId: product };
  }

  return {
    answer(method, path, keys, body) {
      try {
        return [200, route(method, path, keys, body), {}];
      } catch (error) {
        if (error instanceof Refused) return [error.status, error.body, error.fields];
        throw error;
      }
    },
    states: stateHandler({
      account({ remaining }) {
        if (remaining.includes('.')) throw stateHandler.unsupported('credits are whole here');
        const key = `gk_${randomBytes(18).toString('hex')}`;
        accounts.set(key, { credits: Number(remaining), pending: 0 });
        return { key };
      },
      balance: ({ key, remaining }) => void (accounts.get(key).credits = Number(remaining)),
      keyRevoked({ key }) {
        const account = accounts.get(key);
        accounts.delete(key);
        return () => accounts.set(key, account);
      },
      keyExpired(params) {
        return this.keyRevoked(params);
      },
      backendDown() {
        down = true;
        return () => (down = false);
      },
      clock() {},
      jobsSettled({ key, outcome }) {
        const account = accounts.get(key);
        if (outcome === 'failed') account.credits += account.pending;
        account.pending = 0;
      },
    }),
  };
}

/** The server as a request listener. */
export function listener(server) {
  return async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const keys = request.headersDistinct['x-api-key'];
    const [status, body, fields] = server.answer(request.method, request.url.split('?')[0], keys, Buffer.concat(chunks).toString());
    const text = Buffer.from(JSON.stringify(body));
    response.writeHead(status, { ...fields, 'content-type': 'application/json', 'content-length': text.length }).end(text);
  };
}

export class Client {
  constructor(config) {
    Object.assign(this, { config, ttl: config.cacheTtlMs ?? 300_000, cached: null, epoch: 0 });
  }

  async check() {
    if (this.cached && this.config.now() - this.cached.at < this.ttl) return { remaining: this.cached.credits, source: 'cache' };
    const [at, epoch] = [this.config.now(), this.epoch];
    const { credits: left } = await this.send('GET', '/v1/credits');
    if (!Number.isFinite(left)) throw new CallError('malformed');
    if (epoch === this.epoch) this.cached = { at, credits: left };
    return { remaining: left, source: 'network' };
  }

  async spend() {
    try {
      await this.send('POST', '/v1/people/email-finder', { first_name: 'Ada', last_name: 'Hall', domain: 'example.com' });
    } finally {
      this.invalidate();
    }
  }

  invalidate() {
    this.epoch += 1;
    this.cached = null;
  }

  async send(method, path, body) {
    const response = await fetch(this.config.baseUrl + path, {
      method,
      headers: { 'x-api-key': this.config.key, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(this.config.timeoutMs),
    });
    const text = await response.text();
    let json;
    try { json = JSON.parse(text); } catch { /* told below */ }
    const { status, headers } = response;
    if (status === 200 && json) return json;
    const known = { 200: 'malformed', 401: 'auth', 402: 'exhausted', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' };
    const wait = headers.get('retry-after');
    const retryAfterMs = wait && (Number(wait) * 1000 || Date.parse(wait) - Date.parse(headers.get('date')));
    const kind = known[status] ?? (status >= 500 ? 'server' : 'other');
    throw new CallError(kind, { status, code: json?.errors?.[0]?.code, retryAfterMs: retryAfterMs || undefined });
  }
}

/** Takes a cached balance of 0 for none. */
export class ForgetsZero extends Client {
  check() {
    if (this.cached?.credits === 0) this.invalidate();
    return super.check();
  }
}
