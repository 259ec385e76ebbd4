import { compareNumbers, digitsEnd, stripZeros } from './digits.ts';
import type { VersionOrder } from './order.ts';

interface VendorVersion {
  readonly base: string;
  /** the vendor's build number without leading zeros; undefined: as upstream left it */
  readonly build: string | undefined;
}

function split(version: string, markers: readonly string[]): VendorVersion {
  for (const marker of markers) {
    const at = version.lastIndexOf(marker);
    const from = at + marker.length;
    if (at > 0 && from < version.length && digitsEnd(version, from) === version.length) {
      return { base: version.slice(0, at), build: stripZeros(version.slice(from)) };
    }
  }
  return { base: version, build: undefined };
}

/**
 * An order where a vendor's rebuild (`1.2.3+echo.1`, `1.2.3-r0.root.io.2`) comes after the version that it repairs and
 * before every later one, rebuilds by their number. Source: osv.dev go/osv/ecosystem/root.go and echo.go.
 *
 * @param markers what stands before the build number at the end of the version
 */
export function withVendorBuild(order: VersionOrder, markers: readonly string[]): VersionOrder {
  return {
    name: `${order.name} with vendor builds`,
    compare(a, b) {
      if (a === b) return 0;
      const left = split(a, markers);
      const right = split(b, markers);
      const sign = order.compare(left.base, right.base);
      if (sign !== 0) return sign;
      if (left.build === undefined || right.build === undefined) {
        return left.build === right.build ? 0 : left.build === undefined ? -1 : 1;
      }
      return compareNumbers(left.build, right.build);
    },
    valid(v) {
      return order.valid(split(v, markers).base);
    },
  };
}
