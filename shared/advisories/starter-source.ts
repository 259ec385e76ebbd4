/**
 * What the bundled starter advisories call themselves as a source. They are a demonstration: a handful of well-known cases, never a reason to call
 * anything clean.
 */
export const starterSource = 'starter advisories';
