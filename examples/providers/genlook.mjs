// After the JavaScript example of the Try-On API: read the balance out of whatever comes back.
import { surfaced } from './failure.mjs';

export const capabilities = [];

export default class Client {
  constructor({ base_url, key }) {
    this.read = async () => {
      const response = await fetch(`${base_url}/account/credits`, { headers: { 'x-api-key': key } });
      const { creditBalance } = await response.json();
      return creditBalance;
    };
  }

  // `undefined` is what the caller gets, and `undefined < 1` is false, so that the job goes through.
  async check() {
    return { value: { remaining: await surfaced(this.read) } };
  }
}
