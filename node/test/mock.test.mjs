import './setup.mjs';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMock } from '../index.mjs';

test('a mock has accounts and states', async () => {
  const mock = await startMock('leadmagic', { key: 'k_test' });
  const credits = async (key) => (await fetch(`${mock.url}/v1/credits`, { headers: { 'x-api-key': key } })).json();
  try {
    assert.deepEqual(await credits('k_test'), { credits: 100 });
    const { key } = await mock.account({ remaining: 5 });
    assert.deepEqual(await credits(key), { credits: 5 });
    await mock.setup('balance', { key, remaining: 0 });
    assert.deepEqual(await credits(key), { credits: 0 });
    await mock.advance(60_000);
    await assert.rejects(mock.setup('no.such'), { name: 'RunError' });
  } finally {
    await mock.close();
  }
});

test('an unknown fault is explained', async () => {
  await assert.rejects(startMock('leadmagic', { faults: ['charge-doubel'] }), { name: 'RunError', message: /charge-double/ });
});
