// After the caching example of the credits page: one minute, in two variables.
import { surfaced } from './failure.mjs';

export const capabilities = ['cache'];
export const clock = ['virtual'];

export default class Client {
  #cached = null;
  #fetchedAt = 0;

  constructor({ base_url, key }, now) {
    this.read = async () => {
      // A cached 0 is falsy, so that an empty account asks every time.
      if (this.#cached && now() - this.#fetchedAt < 60_000) return this.#cached;
      const response = await fetch(`${base_url}/v1/credits`, { headers: { 'X-API-Key': key } });
      const { credits } = await response.json();
      this.#cached = credits;
      this.#fetchedAt = now();
      return credits;
    };
  }

  // After a 401 this is `undefined`, and `undefined < 100` raises no alarm.
  async check() {
    return { value: { remaining: await surfaced(this.read) } };
  }
}
