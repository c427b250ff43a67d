import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateHandler } from '../index.mjs';
import hosting from '../lib/hosting.js';

const message = (action, state, params = {}) => ({ action, state, params });

test('functions get the parameters, and end what they began', async () => {
  const calls = [];
  const states = stateHandler({
    account: async ({ remaining }) => ({ key: `k_${remaining}` }),
    'key.revoked': ({ key }) => {
      calls.push(key);
      return () => calls.push('over');
    },
  });
  assert.deepEqual(await states.handle(message('setup', 'account', { remaining: '5' })), { ok: true, values: { key: 'k_5' } });
  for (const action of ['setup', 'teardown', 'teardown']) {
    assert.deepEqual(await states.handle(message(action, 'key.revoked', { key: 'k' })), { ok: true });
  }
  assert.deepEqual(calls, ['k', 'over']);
  assert.deepEqual(await states.handle({ action: 'describe' }), { ok: true, values: { states: ['account', 'key.revoked'] } });
});

test('what cannot be set is said', async () => {
  const states = stateHandler({
    balance: () => { throw stateHandler.unsupported('balances are fixed'); },
    clock: () => { throw new Error('stopped'); },
  });
  assert.deepEqual(await states.handle(message('setup', 'balance')), { unsupported: 'balances are fixed' });
  assert.deepEqual(await states.handle(message('setup', 'clock')), { error: 'stopped' });
  assert.deepEqual(await states.handle(message('setup', 'toString')), { unsupported: 'no state toString' });
  assert.ok((await states.handle('{')).error);
  assert.throws(() => stateHandler({ ballance: () => {} }), /no state `ballance`/);
});

test('it is a request listener', async () => {
  const states = stateHandler({ account: () => ({ key: 'k' }) });
  const served = await hosting.listen(states.http);
  try {
    const response = await fetch(served.url, { method: 'POST', body: JSON.stringify(message('setup', 'account')) });
    assert.deepEqual(await response.json(), { ok: true, values: { key: 'k' } });
  } finally {
    await served.close();
  }
});
