// The program: chosen, installed, or built in this repository. A package that is missing skips its test, and fails it under CI.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const built = fileURLToPath(new URL('../../target/debug/ringtrue', import.meta.url));
if (!process.env.RINGTRUE_BIN && existsSync(built)) process.env.RINGTRUE_BIN = built;

/** Loads a package from NODE_PATH-like folders, of which RINGTRUE_TEST_MODULES names one. */
export async function load(context, name) {
  const folder = process.env.RINGTRUE_TEST_MODULES ?? fileURLToPath(new URL('..', import.meta.url));
  try {
    const path = createRequire(`${folder}/package.json`).resolve(name);
    return await import(path);
  } catch (error) {
    if (process.env.CI) throw new Error(`${name} is missing, and CI is set`, { cause: error });
    context.skip(`${name} is not installed`);
    return undefined;
  }
}
