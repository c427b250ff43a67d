import ringtrue from './lib/index.js';

export const { judgeServer, judgeClient, testServer, testClient, stateHandler, startMock, findBinary, CallError, RunError } =
  ringtrue;
