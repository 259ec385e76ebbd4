/** Whether a place of advisories that somebody named is an address on the web rather than a file or folder. */
export const isAddress = (where: string): boolean => /^https?:\/\//i.test(where);
