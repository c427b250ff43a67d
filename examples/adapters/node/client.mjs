// The client under test. Put yours in its place: the class, and errors that tell what the protocol asks for.

export class Failure extends Error {
  constructor(kind, more = {}) {
    super(kind);
    this.told = { kind: 'error', class: kind, ...more };
  }
}

export default class Client {
  constructor(config, now) {
    Object.assign(this, { config, now, ttl: config.cache_ttl_ms ?? 300_000, kept: null, epoch: 0 });
  }

  async check() {
    if (this.kept && this.now() - this.kept.at < this.ttl) return { value: this.kept.value, source: 'cache' };
    const [at, epoch] = [this.now(), this.epoch];
    const { credits } = await this.send('GET', '/v1/credits');
    if (!Number.isFinite(credits)) throw new Failure('malformed');
    const value = { remaining: String(credits) };
    if (epoch === this.epoch) this.kept = { at, value };
    return { value, source: 'network' };
  }

  async spend() {
    try {
      await this.send('POST', '/v1/people/email-finder', { first_name: 'Ada', last_name: 'Lovelace', domain: 'example.com' });
      return { value: {} };
    } finally {
      await this.invalidate();
    }
  }

  async invalidate() {
    this.epoch += 1;
    this.kept = null;
  }

  async rekey(key) {
    this.config = { ...this.config, key };
    await this.invalidate(); // What is cached or under way belongs to the old key.
  }

  async send(method, path, body) {
    let response, text, json;
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
    try { json = JSON.parse(text); } catch { /* told below */ }
    const { status, headers } = response;
    if (status === 200 && json) return json;
    const known = { 200: 'malformed', 401: 'auth', 402: 'exhausted', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' };
    const wait = headers.get('retry-after');
    const ms = wait && (Number(wait) * 1000 || Date.parse(wait) - Date.parse(headers.get('date')));
    const code = json?.errors?.[0]?.code;
    const more = { status, code: typeof code === "string" ? code : undefined, retry_after_ms: ms || undefined };
    throw new Failure(known[status] ?? (status >= 500 ? 'server' : 'other'), more);
  }
}
