// How a client under test tells an error, in the words of the protocol.
export class Failure extends Error {
  constructor(kind) {
    super(kind);
    this.told = { kind: 'error', class: kind };
  }
}

// What a sample lets through to its caller: an error of the network, or of reading JSON.
export async function surfaced(work) {
  try {
    return await work();
  } catch (error) {
    throw new Failure(error instanceof SyntaxError ? 'malformed' : 'network');
  }
}
