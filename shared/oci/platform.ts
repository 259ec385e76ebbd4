import { InvalidReference } from './errors.ts';
import type { Platform } from './types.ts';

/** Parses `os/architecture[/variant]`, as `docker --platform` takes it. Throws InvalidReference. */
export function parsePlatform(text: string): Platform {
  const match = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) {
    throw new InvalidReference(
      `platform ${JSON.stringify(text.slice(0, 100))}`,
      'it is not os/architecture[/variant]',
      'Write linux/amd64 or linux/arm64.',
    );
  }
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Writes a platform as parsePlatform reads it. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os || 'unknown', architecture || 'unknown', ...(variant === undefined ? [] : [variant])].join('/');
}

/**
 * Whether an image of platform `have` answers a wish for `want`: a wish without a variant takes any, and arm64 is
 * arm64/v8.
 */
export function answersPlatform(have: Platform, want: Platform): boolean {
  if (have.os !== want.os || have.architecture !== want.architecture) return false;
  return want.variant === undefined || variantOf(have) === variantOf(want);
}

function variantOf({ architecture, variant }: Platform): string {
  return variant ?? (architecture === 'arm64' ? 'v8' : architecture === 'arm' ? 'v7' : '');
}
