/** The path of the program for this platform. */
export function path(): string;
