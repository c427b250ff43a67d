'use strict';

/** The path of the program for this platform. */
function path() {
  const name = `@ringtrue/${process.platform}-${process.arch}`;
  const file = process.platform === 'win32' ? 'ringtrue.exe' : 'ringtrue';
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    throw new Error(
      `the package ${name} is not installed. It is an optional dependency of ringtrue: ` +
        'install without --omit=optional, or set RINGTRUE_BIN to the path of the program',
    );
  }
}

module.exports = { path };
