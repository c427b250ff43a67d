import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { load } from './setup.mjs';
import { judgeServer, startMock, testServer } from '../index.mjs';
import { credits, listener } from './subjects.mjs';

const options = { skip: 'error.rate-limited' };

test('a correct app passes every check', async () => {
  const server = credits();
  const report = await judgeServer('genlook', { app: listener(server), states: server.states }, options);
  report.assertConformant();
  assert.ok(report.counts.pass > 40, JSON.stringify(report.counts));
});

test('an http.Server and what has `fetch` are apps, too', async () => {
  const server = credits();
  const viaFetch = {
    async fetch(request) {
      const key = request.headers.get('x-api-key');
      const [status, body, fields] = server.answer(request.method, new URL(request.url).pathname, key === null ? [] : key.split(', '), await request.text());
      return Response.json(body, { status, headers: fields });
    },
  };
  for (const app of [http.createServer(listener(server)), viaFetch]) {
    const report = await judgeServer('genlook', { app, states: server.states }, { only: ['auth.*', 'balance.cost'] });
    report.assertConformant();
  }
});

test('an app that charges twice is found', async () => {
  const server = credits({ price: 2 });
  const report = await judgeServer('genlook', () => ({ app: listener(server), states: server.states }), { only: 'balance.cost', seed: 7 });
  assert.equal(report.outcome, 'non_conformant');
  assert.match(report.text(report.check('balance.cost')), /promised +“consumes \*\*1 credit\*\* on success”[^]*1\. opened with[^]*curl /);
  assert.throws(() => report.assertConformant(), { name: 'Violation', message: /balance\.cost {2}fail \(must\)/ });
});

test('a server without a state handler is incomplete', async () => {
  const mock = await startMock('leadmagic', { key: 'k_right_12345' });
  try {
    const judge = (more) => judgeServer('leadmagic', { url: mock.url, key: 'k_right_12345' }, { only: ['auth.*'], ...more });
    assert.match((await judge()).failures()[0].reason, /no state handler was given/);
    (await judge({ allowIncomplete: true })).assertConformant();
    const wrong = judgeServer('leadmagic', { url: mock.url, key: 'k_wrong_12345' });
    await assert.rejects(wrong, { name: 'RunError', message: /code 2/ });
  } finally {
    await mock.close();
  }
});

test('mistakes are explained', async () => {
  await assert.rejects(judgeServer('genlook', {}), /either `url` or `app`/);
  await assert.rejects(judgeServer('no-such', { url: 'http://127.0.0.1:1' }), /no-such/);
  await assert.rejects(judgeServer('genlook', { url: 'http://127.0.0.1:1' }, { args: ['--live', 'example.com'] }), /command line/);
  assert.throws(() => testServer(() => {}, 'genlook', {}, { only: 'no.such' }), /select no check/);
});

for (const framework of ['express', 'fastify', 'hono']) {
  test(`${framework}: app and state handler`, async (context) => {
    const module = await load(context, framework);
    if (!module) return;
    const server = credits();
    const { app, close } = apps[framework](module, server);
    const mounted = http.createServer(async (request, response) => (await routed(app))(request, response));
    await new Promise((resolve) => mounted.listen(0, '127.0.0.1', resolve));
    try {
      // The handler as a route of the app, reached through the app's own port.
      const states = `http://127.0.0.1:${mounted.address().port}/states`;
      const report = await judgeServer('genlook', { app, states }, { only: ['auth.*', 'balance.cost', 'shape.body'] });
      report.assertConformant();
      assert.ok(report.counts.pass > 8);
    } finally {
      mounted.closeAllConnections();
      mounted.close();
      await close?.();
    }
  });
}

const routed = async (app) => (await import('../lib/hosting.js')).default.listenerOf(app);

const apps = {
  express({ default: express }, server) {
    const app = express();
    app.post('/states', express.json(), server.states.express);
    app.use(listener(server));
    return { app };
  },
  fastify({ default: fastify }, server) {
    const app = fastify();
    app.post('/states', server.states.fastify);
    app.setNotFoundHandler(async (request, reply) => {
      const keys = request.raw.headersDistinct['x-api-key'];
      const [status, body, fields] = server.answer(request.method, request.url.split('?')[0], keys, JSON.stringify(request.body ?? null));
      return reply.code(status).headers(fields).send(body);
    });
    app.setErrorHandler((error, request, reply) => reply.code(400).send({ code: 'VALIDATION_FAILED', message: 'refused', status: 400 }));
    return { app, close: () => app.close() };
  },
  hono({ Hono }, server) {
    const app = new Hono();
    app.post('/states', server.states.hono);
    app.all('*', async (context) => {
      const key = context.req.header('x-api-key');
      const [status, body, fields] = server.answer(context.req.method, context.req.path, key === undefined ? [] : [key], await context.req.text());
      return context.json(body, status, fields);
    });
    return { app };
  },
};
