'use strict';

const { findBinary, RunError } = require('./binary.js');
const { CallError } = require('./client.js');
const { judgeClient, judgeServer, testClient, testServer } = require('./judge.js');
const { startMock } = require('./mock.js');
const { stateHandler } = require('./states.js');

module.exports = { judgeServer, judgeClient, testServer, testClient, stateHandler, startMock, findBinary, CallError, RunError };
