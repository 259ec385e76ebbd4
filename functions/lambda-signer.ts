import { SignatureV4 } from '@smithy/signature-v4';

/**
 * The signer of S3's client. The bundles have this in place of the one that can sign for all regions at once (SigV4a), which needs a package that
 * is not there, and speaks of it at length: no function asks for a multi-region access point.
 */
export class SignatureV4MultiRegion extends SignatureV4 {
  /** what would sign for all regions: nothing */
  static sigv4aDependency(): 'none' {
    return 'none';
  }
}

/** S3's client extends it for directory buckets, which no function has. */
export { SignatureV4 as SignatureV4SignWithCredentials };
