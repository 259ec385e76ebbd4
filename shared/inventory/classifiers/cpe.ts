import { type Product, unknownVersion } from './product.ts';

/**
 * The CPE 2.3 of a product's version as a formatted string (NISTIR 7695, section 6.2): `cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*`. A version that
 * is not known is any.
 */
export function cpeOf({ cpe }: Pick<Product, 'cpe'>, version: string): string {
  const [vendor = '', product = ''] = cpe.split(':');
  const known = version === unknownVersion ? '*' : quoted(version);
  return `cpe:2.3:a:${quoted(vendor)}:${quoted(product)}:${known}:*:*:*:*:*:*:*`;
}

const quoted = (value: string): string => value.toLowerCase().replace(/[^\w.-]/g, '\\$&');
