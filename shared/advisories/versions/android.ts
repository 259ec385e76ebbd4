import { compareDebianParts } from './dpkg.ts';
import type { VersionOrder } from './order.ts';

/** `13:2023-03-01`: the platform, and the security patch level within it. */
function split(version: string): readonly [platform: string, level: string] {
  const text = version.trim();
  const colon = text.indexOf(':');
  return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}

/**
 * Android: the platform (`12` < `12L` < `13` < `13-next`; none is the first), then the security patch level, a date; none is `0`, before every date. Source: the
 * records of the Android Security Bulletin in OSV form (source.android.com/docs/security/bulletin).
 */
export const androidOrder: VersionOrder = {
  name: 'android',
  compare(a, b) {
    if (a === b) return 0;
    const [platform, level] = split(a);
    const [otherPlatform, otherLevel] = split(b);
    return compareDebianParts(platform, otherPlatform) || compareDebianParts(level, otherLevel);
  },
  valid(v) {
    return /^(?:[A-Za-z0-9][A-Za-z0-9.-]*)?(?::(?:0|[0-9]{4}-[0-9]{2}-[0-9]{2}))?$/.test(v) && v !== '';
  },
};
