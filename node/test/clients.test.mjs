import './setup.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallError, judgeClient } from '../index.mjs';
import client from '../lib/client.js';
import { Client, ForgetsZero } from './subjects.mjs';

const options = { capabilities: ['cache'], clock: 'virtual', strict: true };

test('a correct client passes every check', async () => {
  const report = await judgeClient('leadmagic', Client, options);
  report.assertConformant();
  assert.ok(report.counts.pass > 30, JSON.stringify(report.counts));
});

test('a function may make the client', async () => {
  const create = async (config) => ({ check: () => new Client(config).check() });
  const report = await judgeClient('leadmagic', create, { only: 'error.*' });
  report.assertConformant();
  assert.equal(report.check('error.spend-once').verdict, 'not_applicable');
});

test('a cached zero that is not served is found', async () => {
  const only = 'cache.hit-zero';
  const report = await judgeClient('leadmagic', ForgetsZero, { ...options, only });
  assert.equal(report.check(only).verdict, 'warn');
  assert.throws(() => report.assertConformant(), /cache\.hit-zero/);
  (await judgeClient('leadmagic', ForgetsZero, { ...options, only, strict: false })).assertConformant();
});

test('errors of common libraries have a class', async () => {
  const refused = await fetch('http://127.0.0.1:1').catch((error) => error);
  const late = await fetch('http://10.255.255.1', { signal: AbortSignal.timeout(1) }).catch((error) => error);
  const cases = [
    ['network', refused],
    ['timeout', late],
    ['malformed', new SyntaxError('Unexpected token')],
    ['malformed', new TypeError("Cannot read properties of undefined (reading 'credits')")],
    ['auth', Object.assign(new Error(), { response: { status: 401 } })],
    ['server', Object.assign(new Error(), { status: 503 })],
    ['other', new Error('what')],
    ['exhausted', new RangeError('known')],
    ['rate_limited', new CallError('rate_limited', { retryAfterMs: 3 })],
  ];
  const errors = (error) => (error.message === 'known' ? 'exhausted' : undefined);
  for (const [kind, error] of cases) assert.equal(client.classify(error, errors).kind, kind, String(error));
  assert.throws(() => new CallError('broken'), /no error class/);
});

test('amounts are exact', () => {
  const cases = [[0.1, '0.1'], [1e21, '1000000000000000000000'], [1.5e-7, '0.00000015'], [123n, '123'], ['15432.50', '15432.50'], [1.2345e22, '12345000000000000000000']];
  for (const [given, expected] of cases) assert.deepEqual(client.valueResult(given), { kind: 'value', value: { remaining: expected } });
  assert.deepEqual(client.valueResult(true).value, { allowed: true });
  assert.deepEqual(client.valueResult({ remaining: 1, total: 2, source: 'cache' }), { kind: 'value', value: { remaining: '1', total: '2' }, source: 'cache' });
});
