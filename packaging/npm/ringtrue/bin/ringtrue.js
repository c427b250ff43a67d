#!/usr/bin/env node
'use strict';

const { spawn } = require('node:child_process');
const { path } = require('../index.js');

let program;
try {
  program = process.env.RINGTRUE_BIN || path();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(2);
}
const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
// The program restores the states that it set, and then ends by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`error: ${program}: ${error.message}`);
  process.exit(2);
});
child.on('close', (code, signal) => {
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exitCode = code;
  }
});
