import { osvScanner } from './osv-scanner.ts';
import type { Peer } from './peer.ts';
import { syft } from './syft.ts';
import { trivy } from './trivy.ts';

export type { Peer, Seen } from './peer.ts';

/** The peers, in the order of the table. */
export const peers: readonly Peer[] = [syft, trivy, osvScanner];
