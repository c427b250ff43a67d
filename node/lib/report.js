'use strict';
// What one check of a report means for a test, and its text.

/** The outcome for a test: `passed`, `warned`, `skipped` or `failed`. */
function outcome(check, { strict = false, allowIncomplete = false } = {}) {
  switch (check.verdict) {
    case 'pass':
    case 'info':
      return 'passed';
    case 'not_applicable':
      return 'skipped';
    case 'could_not_run':
    case 'inconclusive':
      return allowIncomplete || check.level !== 'must' ? 'skipped' : 'failed';
    case 'warn':
      return check.baselined ? 'skipped' : strict ? 'failed' : 'warned';
    case 'fail':
      return check.baselined ? 'skipped' : 'failed';
    default:
      return 'failed';
  }
}

/** The finding as text: promise, steps, exchanges, and how to repeat it. */
function text(report, check) {
  const rows = [];
  const { source, cause } = check;
  if (cause && !(source && cause.includes(source.quote))) rows.push(['cause', cause]);
  if (source) rows.push(['promised', `“${source.quote}”\n— ${source.document} (${source.grade})`]);
  if (check.steps) rows.push(['steps', check.steps.map((step, n) => `${n + 1}. ${step}`).join('\n')]);
  for (const n of check.exchanges) {
    const exchange = report.exchanges.find((one) => one.n === n);
    if (exchange) rows.push(['exchange', exchangeText(exchange)]);
  }
  for (const note of check.notes ?? []) rows.push(['also', note]);
  // A command of the program would need the app or client that only the test serves.
  if (check.reproduce && !check.reproduce.startsWith('ringtrue ')) rows.push(['repeat', check.reproduce]);
  rows.push(['seed', String(report.seed)]);
  const title = [check.id, `${check.verdict} (${check.level})`, check.operation].filter(Boolean).join('  ');
  const lines = [title, ...(check.reason ?? '').split('\n').map((line) => `  ${line}`)];
  for (const [name, value] of rows) {
    const [first, ...more] = value.split('\n');
    lines.push(`  ${name.padEnd(9)} ${first}`, ...more.map((line) => ' '.repeat(12) + line));
  }
  return lines.join('\n');
}

function exchangeText({ request, response, failure }) {
  if (!response) return `${request.method} ${request.url}: ${failure ?? 'no response'}`;
  const body = response.body.length <= 400 ? response.body : `${response.body.slice(0, 400)}…`;
  return `${request.method} ${request.url} → ${response.status}\n${body}`.trimEnd();
}

/** A broken promise, or one that could not be decided. Its stack is the finding: the place in this package tells nothing. */
class Violation extends Error {
  constructor(message, check) {
    super(message);
    this.name = 'Violation';
    this.check = check;
    this.stack = message;
  }
}

/** A report with what is needed in tests. */
class Report {
  constructor(json, options) {
    Object.assign(this, json);
    Object.defineProperty(this, 'options', { value: options, enumerable: false });
  }

  /** The result of a check. */
  check(id) {
    return this.checks.find((check) => check.id === id);
  }

  /** The checks that fail a test. */
  failures() {
    return this.checks.filter((check) => outcome(check, this.options) === 'failed');
  }

  /** The finding of a check as text. */
  text(check) {
    return text(this, check);
  }

  /** Throws if a check fails. */
  assertConformant() {
    const failures = this.failures();
    if (failures.length) throw new Violation(failures.map((check) => text(this, check)).join('\n\n'), failures[0]);
    const decided = this.checks.some((check) => ['pass', 'fail', 'warn', 'info'].includes(check.verdict));
    if (!decided) throw new Violation('no check was decided');
  }
}

module.exports = { Report, Violation, outcome, text };
