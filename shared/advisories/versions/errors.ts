/** Thrown when versions of an ecosystem are to be compared whose order is not known. */
export class UnknownEcosystemError extends Error {
  readonly code = 'UNKNOWN_ECOSYSTEM';
  readonly ecosystem: string;

  constructor(ecosystem: string) {
    super(
      `No version order is known for the ecosystem ${JSON.stringify(ecosystem.slice(0, 100))}: ` +
        'report its packages as not judged, or add its order to shared/advisories/versions/ecosystems.ts.',
    );
    this.name = 'UnknownEcosystemError';
    this.ecosystem = ecosystem;
  }
}
