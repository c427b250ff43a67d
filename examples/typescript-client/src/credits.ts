/** A client of LeadMagic's credits, with a cache. */

export class ApiError extends Error {
  constructor(readonly status: number, readonly code?: string, readonly retryAfterMs?: number) {
    super(code ?? `status ${status}`);
  }
}

export class MalformedError extends Error {}

export interface Options {
  baseUrl: string;
  key: string;
  timeoutMs?: number;
  ttlMs?: number;
  now?: () => number;
}

export class CreditsClient {
  private cached?: { at: number; credits: number };
  private epoch = 0;
  private readonly now: () => number;
  private readonly ttlMs: number;

  constructor(private readonly options: Options) {
    this.now = options.now ?? Date.now;
    this.ttlMs = options.ttlMs ?? 300_000;
  }

  /** The credits that are left. */
  async remaining(): Promise<number> {
    if (this.cached !== undefined && this.now() - this.cached.at < this.ttlMs) return this.cached.credits;
    const [at, epoch] = [this.now(), this.epoch];
    const { credits } = (await this.send('GET', '/v1/credits')) as { credits: number };
    if (!Number.isFinite(credits)) throw new MalformedError('the response has no credits');
    // A paid call in the meantime has made the response old.
    if (epoch === this.epoch) this.cached = { at, credits };
    return credits;
  }

  /** Finds an address, which costs credits. */
  async findEmail(first_name: string, last_name: string, domain: string): Promise<unknown> {
    try {
      return await this.send('POST', '/v1/people/email-finder', { first_name, last_name, domain });
    } finally {
      this.forget();
    }
  }

  /** Drops the cached credits. */
  forget(): void {
    this.epoch += 1;
    this.cached = undefined;
  }

  private async send(method: string, path: string, body?: object): Promise<object> {
    const response = await fetch(this.options.baseUrl + path, {
      method,
      headers: { 'x-api-key': this.options.key, ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(this.options.timeoutMs ?? 5_000),
    });
    const text = await response.text();
    if (response.status >= 500) throw new ApiError(response.status, codeOf(text), waitOf(response));
    const json = parsed(text);
    if (typeof json !== 'object' || json === null) throw new MalformedError('the response is no JSON object');
    return json;
  }
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(text: string): string | undefined {
  const code = parsed(text)?.errors?.[0]?.code;
  return typeof code === 'string' ? code : undefined;
}

function waitOf({ headers }: Response): number | undefined {
  const wait = headers.get('retry-after');
  if (wait === null) return undefined;
  return /^\d+$/.test(wait) ? Number(wait) * 1000 : Date.parse(wait) - Date.parse(headers.get('date') ?? new Date().toUTCString());
}
