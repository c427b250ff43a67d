'use strict';
// The adapter process: connects the program's pipes with the process of the tests.

const net = require('node:net');

const [port, token] = process.argv.slice(2);
const socket = net.connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
socket.write(`${token}\n`);
process.stdin.pipe(socket);
socket.pipe(process.stdout);
// The tests' process has gone, or has closed this connection.
socket.on('error', () => process.exit(0)).on('close', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
