// Adapter for Node: `ringtrue client leadmagic -- node examples/adapters/node/adapter.mjs [CLIENT]`.
// CLIENT is a module with the client under test, client.mjs unless given; nothing changes here but what `hello` declares.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const path = process.argv[2];
const { default: Client, capabilities, clock } = await import(path ? pathToFileURL(path) : './client.mjs');

const sessions = new Map();
const operations = {
  hello: () => ({
    protocol: 1,
    implementation: { name: 'example', version: '1.0', language: 'node' },
    capabilities: capabilities ?? ['cache', 'invalidate', 'spend', 'rekey'],
    clock: clock ?? ['virtual', 'ttl'],
    parallel: 16,
  }),
  open: ({ session, config }) => {
    const state = { ahead: 0 };
    state.client = new Client(config, () => Date.now() + state.ahead);
    sessions.set(session, state);
    return {};
  },
  call: ({ session, fn }) =>
    sessions.get(session).client[fn]().then((told) => ({ kind: 'value', ...told }), (error) => {
      if (error.told) return error.told;
      throw error;
    }),
  rekey: async ({ session, key }) => (await sessions.get(session).client.rekey(key), {}),
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
