/**
 * Node's HTTP, loaded by who makes the first connection: with TLS it takes 8 ms of each start, and an image that lies in a folder needs none. Not by `import`, which reads
 * every export of the module, one of which loads all of undici: 40 ms.
 */
export const http = (): typeof import('node:http') => process.getBuiltinModule('node:http');

/** The same over TLS. */
export const https = (): typeof import('node:https') => process.getBuiltinModule('node:https');
