import type { Classifier, Product } from './product.ts';
import { VersionScan } from './version-scan.ts';

/** One way in which a file can be one product. */
export interface Candidate {
  readonly product: Product;
  readonly classifier: Classifier;
}

/** What a file is. `version` is undefined when its bytes prove the product and do not tell the version. */
export interface Recognised {
  readonly product: Product;
  readonly version: string | undefined;
}

/** Looks at one file for everything that its name says it can be. A file is one product: the first in the order of the table whose version is found. */
export class Recognition {
  readonly #scans: readonly { readonly product: Product; readonly scan: VersionScan }[];

  constructor(candidates: readonly Candidate[]) {
    this.#scans = candidates.map(({ product, classifier }) => ({ product, scan: new VersionScan(classifier) }));
  }

  /** The next bytes of the file; only good during the call. */
  data(chunk: Buffer): void {
    for (const { scan } of this.#scans) scan.data(chunk);
  }

  /** So many bytes are left out here. */
  skip(bytes: number): void {
    for (const { scan } of this.#scans) scan.skip(bytes);
  }

  /** After the last byte. undefined: none of the products that have files of this name. */
  end(): Recognised | undefined {
    const results = this.#scans.map(({ product, scan }) => ({ product, result: scan.end() }));
    for (const { product, result } of results) {
      if (typeof result === 'object') return { product, version: result.version };
    }
    const proven = results.find(({ result }) => result === 'proven');
    return proven === undefined ? undefined : { product: proven.product, version: undefined };
  }
}
