// One test per check, in node:test and in vitest; ESM, CommonJS and types.
import './setup.mjs';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = process.env.RINGTRUE_TEST_MODULES ?? root;

/** A project in which `@ringtrue/node` is installed, and what else there is. */
function project(context, files, packages = []) {
  const folder = mkdtempSync(join(tmpdir(), 'ringtrue-node-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules', '@ringtrue'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', '@ringtrue', 'node'), 'junction');
  for (const name of packages) {
    const target = join(folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(modules, 'node_modules', name), target, 'junction');
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function run(folder, command, args) {
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...env, NO_COLOR: '1' } });
  return { status, printed: stdout + stderr };
}

function installed(context, name) {
  const { status } = spawnSync(process.execPath, ['-e', `require.resolve(${JSON.stringify(`${name}/package.json`)})`], { cwd: modules });
  if (status === 0) return true;
  if (process.env.CI) throw new Error(`${name} is missing, and CI is set`);
  context.skip(`${name} is not installed`);
  return false;
}

const suite = (imports) => `
${imports}
const broken = await startMock('genlook', { faults: ['charge-double'] });
testServer(test, 'genlook', { url: broken.url, states: broken.statesUrl }, { only: ['auth.*', 'balance.cost'], seed: 7 });
test('last', { timeout: 10_000 }, () => broken.close());
`;

test('node:test has a test for each check', (context) => {
  const folder = project(context, {
    'credits.test.mjs': suite("import { test } from 'node:test';\nimport { startMock, testServer } from '@ringtrue/node';"),
  });
  const { status, printed } = run(folder, process.execPath, ['--test', '--test-reporter=tap', 'credits.test.mjs']);
  assert.equal(status, 1);
  assert.match(printed, /not ok \d+ - genlook server: balance\.cost/);
  assert.match(printed, /\nok \d+ - genlook server: auth\.missing-key/);
  assert.match(printed, /# SKIP not_applicable/);
  assert.match(printed, /consumes \*\*1 credit\*\* on success/);
  assert.match(printed, /# fail 1\n/);
});

test('vitest has a test for each check', (context) => {
  if (!installed(context, 'vitest')) return;
  const text = suite("import { test } from 'vitest';\nimport { startMock, testServer } from '@ringtrue/node';");
  const folder = project(context, { 'credits.test.mjs': text }, ['vitest']);
  const { status, printed } = run(folder, process.execPath, [join(modules, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=verbose']);
  assert.equal(status, 1, printed);
  assert.match(printed, /[×✗] .*genlook server: balance\.cost/);
  assert.match(printed, /✓ .*genlook server: auth\.missing-key/);
  assert.match(printed, /consumes \*\*1 credit\*\* on success/);
  assert.match(printed, /1 failed/);
});

test('CommonJS and ESM export the same names', (context) => {
  const folder = project(context, {
    'names.cjs': "console.log(Object.keys(require('@ringtrue/node')).sort().join())",
    'names.mjs': "import * as all from '@ringtrue/node'; console.log(Object.keys(all).sort().join())",
  });
  const [cjs, esm] = ['names.cjs', 'names.mjs'].map((name) => run(folder, process.execPath, [name]));
  assert.equal(cjs.status, 0, cjs.printed);
  assert.equal(cjs.printed, esm.printed);
});

test('types', (context) => {
  if (!installed(context, 'typescript') || !installed(context, '@types/node')) return;
  const text = `
import { test } from 'node:test';
import { CallError, judgeClient, judgeServer, startMock, stateHandler, testServer, type Client, type Config } from '@ringtrue/node';

class Mine implements Client {
  constructor(readonly config: Config) {}
  async check() {
    if (!this.config.key) throw new CallError('auth', { status: 401 });
    return { remaining: this.config.now(), source: 'network' as const };
  }
}
const states = stateHandler({ account: ({ remaining }) => ({ key: 'k' + remaining }), backendDown: () => () => {} });
testServer(test, 'genlook', { app: (request, response) => { response.end(); }, states }, { only: 'auth.*' });
export const done = Promise.all([
  judgeClient('leadmagic', Mine, { clock: 'virtual', errors: (error) => (error.code === 1 ? 'auth' : undefined) }),
  judgeServer('genlook', async () => ({ url: (await startMock('genlook')).url })),
]).then(([report]) => report.check('cache.hit')?.verdict === 'pass');
// @ts-expect-error there is no such class
new CallError('broken');
`;
  const config = { compilerOptions: { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', types: ['node'], skipLibCheck: false } };
  const files = { 'a.mts': text, 'b.cts': text, 'tsconfig.json': JSON.stringify({ ...config, files: ['a.mts', 'b.cts'] }) };
  const folder = project(context, files, ['@types/node', 'undici-types']);
  const { status, printed } = run(folder, process.execPath, [join(modules, 'node_modules/typescript/bin/tsc')]);
  assert.equal(status, 0, printed);
});
