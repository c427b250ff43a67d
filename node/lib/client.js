'use strict';
// A client under test: what it returns, and what its errors mean.

const CLASSES = ['auth', 'forbidden', 'exhausted', 'rate_limited', 'not_found', 'timeout', 'network', 'malformed', 'server', 'other'];
const BY_STATUS = { 401: 'auth', 402: 'exhausted', 403: 'forbidden', 404: 'not_found', 429: 'rate_limited' };

/** An error of the client, with its class. */
class CallError extends Error {
  constructor(kind, { status, code, retryAfterMs } = {}) {
    super(kind);
    if (!CLASSES.includes(kind)) throw new TypeError(`there is no error class \`${kind}\``);
    Object.assign(this, { name: 'CallError', kind, status, code, retryAfterMs });
  }
}

/** What an error of the client means. `errors` is asked first, and returns a class, a `CallError` or nothing. */
function classify(error, errors) {
  if (error instanceof CallError) return error;
  const told = errors?.(error);
  if (told instanceof CallError) return told;
  const status = [error?.status, error?.statusCode, error?.response?.status].find((one) => Number.isInteger(one));
  const kind = told ?? (status >= 300 ? BY_STATUS[status] ?? (status >= 500 ? 'server' : 'other') : byType(error));
  return new CallError(kind, { status });
}

/** Errors of Node, fetch, undici and axios. */
function byType(error) {
  const chain = [error, error?.cause, error?.cause?.cause].filter(Boolean);
  const codes = chain.map((one) => String(one.code ?? ''));
  if (chain.some((one) => /Timeout|AbortError/.test(one.name ?? '')) || codes.some((code) => /TIMEOUT|TIMEDOUT|ECONNABORTED/.test(code))) {
    return 'timeout';
  }
  if (codes.some((code) => /^(E[A-Z]+|UND_ERR_.*|HPE_.*)$/.test(code) && !code.startsWith('ERR_'))) return 'network';
  if (error instanceof TypeError && /fetch failed|terminated/.test(error.message)) return 'network';
  return error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError ? 'malformed' : 'other';
}

/** The protocol's form of an error. */
function errorResult({ kind, status, code, retryAfterMs }) {
  const more = { status, code: typeof code === 'string' ? code : undefined, retry_after_ms: retryAfterMs };
  return { kind: 'error', class: kind, ...more };
}

/** The protocol's form of what a method returned. */
function valueResult(result) {
  if (result === undefined || result === null) return { kind: 'value', value: {} };
  if (typeof result === 'boolean') return { kind: 'value', value: { allowed: result } };
  if (typeof result !== 'object') return { kind: 'value', value: { remaining: amount(result) } };
  const value = {};
  for (const name of ['remaining', 'total']) if (result[name] !== undefined && result[name] !== null) value[name] = amount(result[name]);
  if (result.allowed !== undefined) value.allowed = result.allowed;
  return { kind: 'value', value, ...(result.source && { source: result.source }) };
}

/** An amount as text, without an exponent. */
function amount(value) {
  const text = String(value);
  const [, sign, whole, fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

module.exports = { CallError, classify, errorResult, valueResult };
