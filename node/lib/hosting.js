'use strict';
// Serves apps and state handlers on free ports of 127.0.0.1.

const http = require('node:http');

/** A request listener for what the frameworks call an app. */
async function listenerOf(app) {
  if (app instanceof http.Server) {
    const [listener] = app.listeners('request');
    if (!listener) throw new TypeError('the http.Server has no request listener');
    return (request, response) => app.emit('request', request, response);
  }
  // Express, Koa's `callback()`, and plain listeners.
  if (typeof app === 'function') return app;
  if (typeof app?.routing === 'function' && typeof app.ready === 'function') {
    await app.ready();
    return (request, response) => app.routing(request, response);
  }
  if (typeof app?.fetch === 'function') return (request, response) => viaFetch(app, request, response);
  throw new TypeError('`app` is a request listener, an http.Server, a Fastify instance, or an object with `fetch`');
}

/** Answers a request by the `fetch` of Hono and others. */
async function viaFetch(app, incoming, outgoing) {
  try {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const headers = new Headers();
    for (let n = 0; n < incoming.rawHeaders.length; n += 2) headers.append(incoming.rawHeaders[n], incoming.rawHeaders[n + 1]);
    const bodiless = ['GET', 'HEAD'].includes(incoming.method);
    const url = new URL(incoming.url, `http://${incoming.headers.host ?? '127.0.0.1'}`);
    const request = new Request(url, { method: incoming.method, headers, body: bodiless ? undefined : Buffer.concat(chunks) });
    const response = await app.fetch(request);
    outgoing.statusCode = response.status;
    for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
    const cookies = response.headers.getSetCookie();
    if (cookies.length) outgoing.setHeader('set-cookie', cookies);
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    if (!outgoing.headersSent) outgoing.statusCode = error instanceof TypeError ? 400 : 500;
    outgoing.end();
  }
}

/** Serves a request listener. */
async function listen(listener) {
  // What an async listener throws, for an aborted request as well, must not end the process of the tests.
  const server = http.createServer(async (request, response) => {
    try {
      await listener(request, response);
    } catch {
      if (!response.headersSent) response.statusCode = 500;
      response.end();
    }
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** Serves an app. */
async function host(app) {
  return listen(await listenerOf(app));
}

module.exports = { host, listen, listenerOf };
