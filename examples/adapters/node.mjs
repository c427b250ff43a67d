// Adapter for Node: `ringtrue client leadmagic -- node examples/adapters/node.mjs`. Put your client in place of Client.
import { createInterface } from 'node:readline';

// ---- the client under test -------------------------------------------------------------------------------------

class Failure extends Error {
  constructor(kind, more = {}) {
    super(kind);
    this.told = { kind: 'error', class: kind, ...more };
  }
}

class Client {
  #kept = null;
  #epoch = 0;

  constructor(config, now) {
    Object.assign(this, { config, now, ttl: config.cache_ttl_ms ?? 300_000 });
  }

  async check() {
    if (this.#kept && this.now() - this.#kept.at < this.ttl) return { value: this.#kept.value, source: 'cache' };
    const [at, epoch] = [this.now(), this.#epoch];
    const { credits } = await this.#send('GET', '/v1/credits');
    if (typeof credits !== 'number') throw new Failure('malformed');
    const value = { remaining: String(credits) };
    if (epoch === this.#epoch) this.#kept = { at, value };
    return { value, source: 'network' };
  }

  async spend() {
    const body = { first_name: 'Ada', last_name: 'Lovelace', domain: 'example.com' };
    try {
      await this.#send('POST', '/v1/people/email-finder', body);
      return { value: {} };
    } finally {
      this.invalidate();
    }
  }

  invalidate() {
    this.#epoch += 1;
    this.#kept = null;
  }

  async #send(method, path, body) {
    let response, text;
    try {
      response = await fetch(this.config.base_url + path, {
        method,
        headers: { 'x-api-key': this.config.key, ...(body && { 'content-type': 'application/json' }) },
        body: body && JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(this.config.timeout_ms),
      });
      text = await response.text();
    } catch (error) {
      throw new Failure(error.name === 'TimeoutError' ? 'timeout' : 'network');
    }
    let json;
    try { json = JSON.parse(text); } catch { json = undefined; }
    const { status } = response;
    if (status === 200 && json) return json;
    const classes = { 401: 'auth', 402: 'exhausted', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' };
    const kind = classes[status] ?? (status >= 500 ? 'server' : status < 300 ? 'malformed' : 'other');
    const wait = Number(response.headers.get('retry-after'));
    throw new Failure(kind, { status, code: json?.errors?.[0]?.code, ...(wait > 0 && { retry_after_ms: wait * 1000 }) });
  }
}

// ---- the adapter: nothing to change below, but for what `hello` declares ------------------------------------------

const sessions = new Map();
const operations = {
  hello: () => ({
    protocol: 1,
    implementation: { name: 'example', version: '1.0', language: 'node' },
    capabilities: ['cache', 'invalidate', 'spend'],
    clock: ['virtual', 'ttl'],
    parallel: 16,
  }),
  open: ({ session, config }) => {
    const state = { ahead: 0 };
    state.client = new Client(config, () => Date.now() + state.ahead);
    sessions.set(session, state);
    return {};
  },
  call: async ({ session, fn }) => {
    try {
      return { kind: 'value', value: {}, ...(await sessions.get(session).client[fn]()) };
    } catch (error) {
      if (error instanceof Failure) return error.told;
      throw error;
    }
  },
  clock: ({ session, advance_ms }) => ((sessions.get(session).ahead += advance_ms), {}),
  close: ({ session }) => (sessions.delete(session), {}),
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, op, ...rest } = JSON.parse(line);
  const answer = await Promise.resolve()
    .then(async () => (operations[op] ? { ok: await operations[op](rest) } : { unsupported: `no operation ${op}` }))
    .catch((error) => ({ adapter_error: String(error?.stack ?? error) }));
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
});
