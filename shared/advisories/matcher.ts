/**
 * Version of everything that decides a judgement besides the advisories: reader, version orders, judge. Raise it when one of them
 * changes what is found; the next refresh then names every package as changed, so that all is judged again.
 */
export const matcherVersion = '10';
