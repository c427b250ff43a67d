// After the caching strategy of the storefront page: whatever parses is the result, for two minutes.
import { surfaced } from './failure.mjs';

export const capabilities = ['cache', 'invalidate', 'spend'];
export const clock = ['virtual'];

export default class Client {
  #result = null;
  #at = 0;

  constructor({ base_url }, now) {
    this.status = async () => {
      if (this.#result && now() - this.#at < 2 * 60 * 1000) return this.#result;
      const response = await fetch(`${base_url}/check-credits`);
      this.#result = await response.json();
      this.#at = now();
      return this.#result;
    };
    this.generate = async () => {
      const response = await fetch(`${base_url}/fitting-room`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ userImageId: 'file_abc123', productId: 'gid://shopify/Product/456' }),
      });
      return response.json();
    };
  }

  // The page blocks if the flag is not there: a failure that comes as JSON blocks for two minutes.
  async check() {
    const allowed = await surfaced(async () => Boolean((await this.status()).allowed));
    return { value: { allowed } };
  }

  async spend() {
    const generation = await surfaced(this.generate);
    const blocked = { QUOTA_EXCEEDED: 'exhausted', RATE_LIMIT_EXCEEDED: 'rate_limited' };
    if (generation.code) throw Object.assign(new Error(generation.code), { told: { kind: 'error', class: blocked[generation.code] ?? 'other', code: generation.code } });
    await this.invalidate();
    return { value: {} };
  }

  async invalidate() {
    this.#result = null;
    this.#at = 0;
  }
}
