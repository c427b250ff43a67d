/// <reference types="node" />
import type { IncomingMessage, RequestListener, Server as HttpServer, ServerResponse } from 'node:http';

/** The id of a check, or a glob over ids. */
export type CheckGlob = string;
export type Verdict =
  | 'pass' | 'fail' | 'warn' | 'info' | 'not_applicable' | 'could_not_run' | 'inconclusive' | 'error';
export type Level = 'must' | 'should' | 'may';

export interface Options {
  /** Run only checks whose id matches. */
  only?: CheckGlob | CheckGlob[];
  /** Leave out checks whose id matches. */
  skip?: CheckGlob | CheckGlob[];
  /** Repeats the generated cases of a run. */
  seed?: number;
  /** Generated cases per property. */
  cases?: number;
  /** Fail for warnings too. */
  strict?: boolean;
  /** Do not fail for a must that could not be decided. */
  allowIncomplete?: boolean;
  /** Further options of the program. */
  args?: string[];
  /** How long the run may take, as one test per check; 10 minutes by default. */
  timeoutMs?: number;
}

/** Something with `fetch`, such as an app of Hono. */
export interface FetchApp {
  fetch(request: Request): Response | Promise<Response>;
}

/** An instance of Fastify. */
export interface FastifyApp {
  ready(): PromiseLike<unknown>;
  routing(request: IncomingMessage, response: ServerResponse): void;
}

/** A request listener (Express, plain http), an `http.Server`, Fastify, or an object with `fetch` (Hono). */
export type App = RequestListener | HttpServer | FetchApp | FastifyApp;

export interface RunningServer {
  /** The base URL of a running server. */
  url: string;
}

export interface AppServer {
  /** An app, which is served on a free port while it is judged. */
  app: App;
  /** What stands between the app's root and the contract's paths. */
  basePath?: string;
}

export type Server = (RunningServer | AppServer) & {
  /** A state handler of this process, the URL of one, or `cmd:COMMAND LINE`. */
  states?: StateHandler | string;
  /** A valid credential. Without one, state handlers create accounts. */
  key?: string;
  /** A valid credential of another tenant. */
  otherKey?: string;
};

/** A server, or a function without parameters that makes one. */
export type ServerSubject = Server | (() => Server | Promise<Server>);

export interface Check {
  id: string;
  level: Level;
  verdict: Verdict;
  operation?: string;
  source?: { document: string; quote: string; grade: string };
  time_basis: 'virtual' | 'scaled' | 'real' | 'none';
  reason?: string;
  steps?: string[];
  exchanges: number[];
  reproduce?: string;
  case?: unknown;
  baselined: boolean;
  notes?: string[];
  cause?: string;
  cases?: { planned: number; tried: number };
  requests?: number;
  duration_ms?: number;
}

export interface Exchange {
  n: number;
  request: { method: string; url: string; headers: [string, string][]; body?: string };
  response?: { status: number; headers: [string, string][]; body: string };
  failure?: string;
  elapsed_us: number;
}

/** The JSON report of a run. */
export interface Report {
  schema: 'ringtrue/report/1';
  ringtrue: string;
  seed: number;
  started_at: string;
  duration_ms: number;
  contract: { name: string; digest: string };
  subject: { kind: 'server' | 'client'; target: string };
  outcome: 'conformant' | 'non_conformant' | 'incomplete' | 'error';
  counts: Record<Verdict, number>;
  checks: Check[];
  exchanges: Exchange[];
  notes?: string[];
  /** The result of a check. */
  check(id: string): Check | undefined;
  /** The checks that fail a test. */
  failures(): Check[];
  /** The finding of a check as text: promise, steps, exchanges. */
  text(check: Check): string;
  /** Throws if a check fails, or if none was decided. */
  assertConformant(): void;
}

/** What a session gives to a client. */
export interface Config {
  /** Takes the place of the provider's base URL, path included. */
  baseUrl: string;
  /** The credential; `null` if the contract has none. */
  key: string | null;
  /** The tenant, for clients that use it as a cache key. */
  tenant: string | null;
  /** The time for one exchange. */
  timeoutMs: number;
  /** A time to live in place of the contract's; `null` for the contract's own. */
  cacheTtlMs: number | null;
  /** The session's clock, in place of `Date.now`. */
  now(): number;
}

export type Amount = number | bigint | string | { toString(): string };

/** A balance as an application sees it. */
export interface Balance {
  remaining?: Amount | null;
  total?: Amount | null;
  allowed?: boolean;
  source?: 'network' | 'cache' | 'fail_open';
}

export type CheckResult = Balance | number | bigint | string | boolean | null | undefined;

export interface Client {
  check(): CheckResult | Promise<CheckResult>;
  spend?(): unknown;
  invalidate?(): unknown;
  /** Replaces the credential of the session. */
  rekey?(key: string): unknown;
  close?(): unknown;
}

export type CreateClient = (new (config: Config) => Client) | ((config: Config) => Client | Promise<Client>);

export type ErrorClass =
  | 'auth' | 'forbidden' | 'exhausted' | 'rate_limited' | 'not_found' | 'timeout' | 'network' | 'malformed' | 'server' | 'other';

export interface ClientOptions extends Options {
  /** What the client can do besides `check`. What is not declared is not judged. Methods of a class are recognised. */
  capabilities?: ('cache' | 'invalidate' | 'spend' | 'single_flight' | 'shared_cache' | 'rekey')[];
  /** `virtual` if the client uses `config.now`, `ttl` if it obeys `config.cacheTtlMs`. */
  clock?: 'virtual' | 'ttl' | ('virtual' | 'ttl')[];
  /** The class of an error of the client; `undefined` for what is recognised without help. */
  errors?: (error: any) => ErrorClass | CallError | undefined;
  /** How many calls the client takes at a time; 16 by default. */
  parallel?: number;
  /** The client's name in reports. */
  name?: string;
}

/** Judges a server and returns the report. */
export function judgeServer(contract: string, server: ServerSubject, options?: Options): Promise<Report>;
/** Judges a client and returns the report. */
export function judgeClient(contract: string, create: CreateClient, options?: ClientOptions): Promise<Report>;

/** The `test` of `node:test` or of vitest. */
export type TestFunction = (name: string, options: { timeout: number }, fn: (context: any) => Promise<void>) => unknown;

/** Registers one test per check of a server. */
export function testServer(test: TestFunction, contract: string, server: ServerSubject, options?: Options): void;
/** Registers one test per check of a client. */
export function testClient(test: TestFunction, contract: string, create: CreateClient, options?: ClientOptions): void;

export interface Account {
  key?: string | number;
  tenant?: string | number;
}

type Result<T> = T | Promise<T>;
/** Called when the state is over. */
export type Teardown = () => unknown;

/** One function per state. Amounts are decimal strings. A function that is returned ends the state. */
export interface States {
  account?(params: { remaining?: string; total?: string; allowed?: boolean }): Result<Account>;
  balance?(params: { key?: any; tenant?: any; remaining?: string; total?: string; allowed?: boolean }): Result<void | Teardown>;
  keyRevoked?(params: { key: any }): Result<void | Teardown>;
  keyExpired?(params: { key: any }): Result<void | Teardown>;
  backendDown?(params: { tenant?: any }): Result<void | Teardown>;
  rateLimited?(params: { key?: any; tenant?: any; retry_after_s?: number }): Result<void | Teardown>;
  clock?(params: { advance_ms: number }): Result<void | Teardown>;
  jobsSettled?(params: { key?: any; tenant?: any; outcome: 'succeeded' | 'failed' }): Result<void | Teardown>;
}

export interface StateHandler {
  /** Obeys one message of the state protocol. */
  handle(message: unknown): Promise<{ ok: true; values?: Record<string, unknown> } | { unsupported: string } | { error: string }>;
  /** A request listener. */
  http(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** `app.post('/states', states.express)` */
  express(request: any, response: any): Promise<void>;
  /** `app.post('/states', states.fastify)` */
  fastify(request: any): Promise<any>;
  /** `app.post('/states', states.hono)` */
  hono(context: any): Promise<any>;
}

/** Makes a state handler. */
export function stateHandler(states: States): StateHandler;
export namespace stateHandler {
  /** The error that a state function throws for what cannot be set. */
  function unsupported(message: string): Error;
}

export interface Mock {
  /** The base URL, which takes the place of the provider's. */
  url: string;
  /** The URL of the state handler. */
  statesUrl: string;
  /** Creates an account. */
  account(params?: { remaining?: Amount; total?: Amount; allowed?: boolean }): Promise<Account>;
  /** Sets a state. */
  setup(state: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Ends a state that was set with the same parameters. */
  teardown(state: string, params?: Record<string, unknown>): Promise<void>;
  /** Moves the provider's clock forward. */
  advance(ms: number): Promise<void>;
  /** Ends the provider. */
  close(): Promise<void>;
}

/** Starts a mock provider. */
export function startMock(contract: string, options?: { key?: string; faults?: string[] }): Promise<Mock>;

/** The path of the program. */
export function findBinary(): string;

/** An error of the client, with its class. */
export class CallError extends Error {
  constructor(kind: ErrorClass, more?: { status?: number; code?: string; retryAfterMs?: number });
  readonly kind: ErrorClass;
  readonly status?: number;
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** The run could not be made. */
export class RunError extends Error {}
