declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The embedded DynamoDB: an HTTP server that also opens and closes its LevelDB store. Written from dynalite 4.0.0's index.js. */
  function dynalite(options: {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }): Server;
  export default dynalite;
}
