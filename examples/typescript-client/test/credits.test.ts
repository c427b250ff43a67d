import { CallError, testClient, type Config } from '@ringtrue/node';
import { test } from 'vitest';
import { ApiError, CreditsClient, MalformedError } from '../src/credits.js';

/** The client, with the names that ringtrue calls. */
function create({ baseUrl, key, timeoutMs, cacheTtlMs, now }: Config) {
  const client = new CreditsClient({ baseUrl, key: key ?? '', timeoutMs, ttlMs: cacheTtlMs ?? undefined, now });
  return {
    check: () => client.remaining(),
    spend: async () => void (await client.findEmail('Ada', 'Lovelace', 'example.com')),
    invalidate: () => client.forget(),
  };
}

/** What the client's errors mean. ringtrue recognises statuses, time-outs and network errors by itself. */
function errors(error: unknown) {
  if (error instanceof MalformedError) return 'malformed';
  if (!(error instanceof ApiError)) return undefined;
  const { status, code, retryAfterMs } = error;
  const kinds = { 200: 'malformed', 401: 'auth', 402: 'exhausted', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' } as const;
  const kind = kinds[status as keyof typeof kinds] ?? (status >= 500 ? 'server' : 'other');
  return new CallError(kind, { status, code, retryAfterMs });
}

testClient(test, 'leadmagic', create, { capabilities: ['cache', 'spend', 'invalidate'], clock: ['virtual', 'ttl'], errors });
