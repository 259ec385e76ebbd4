import fc from 'fast-check';

/** What real versions are made of, with the words and signs that some order treats apart. */
const DIGITS = ['0', '1', '2', '9', '10', '00', '01', '010', '20240101', '9007199254740993', '99999999999999999999'];
const WORDS = [
  ...[
    'a',
    'b',
    'c',
    'm',
    'p',
    'r',
    'v',
    'x',
    'z',
    'A',
    'Z',
    'rc',
    'RC',
    'cr',
    'alpha',
    'beta',
    'milestone',
    'pre',
    'preview',
  ],
  ...[
    'dev',
    'post',
    'rev',
    'final',
    'ga',
    'release',
    'RELEASE',
    'snapshot',
    'SNAPSHOT',
    'sp',
    'stable',
    'patch',
    'pl',
    'git',
  ],
  ...[
    'svn',
    'cvs',
    'hg',
    'el9',
    'deb12u1',
    'ubuntu',
    'esm',
    'incompatible',
    'echo',
    'root.io.1',
    'x86_64-linux',
    'java',
    'go',
    'foo',
    'é',
    '\u0668',
  ],
];
const SIGNS = [
  '.',
  '-',
  '_',
  '+',
  '~',
  '^',
  ':',
  '!',
  ' ',
  '=',
  '#',
  '*',
  '-r',
  '_p',
  '_alpha',
  '~ab',
  '.root.io.',
  '+echo.',
  '..',
  '--',
];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...DIGITS) },
  { weight: 4, arbitrary: fc.constantFrom(...SIGNS) },
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
);

/** Strings that look like versions of one ecosystem or another; short, so that many are equal or differ late. */
export const nearVersion: fc.Arbitrary<string> = fc.oneof(
  fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom('1', '1.0', '1-', '1.0-', 'v1', '0:1', '1_p1'), fc.array(piece, { maxLength: 3 }))
    .map(([start, pieces]) => start + pieces.join('')),
);

/** Any string: lone surrogates, control characters and all. */
export const anyString: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((codes) => String.fromCharCode(...codes)),
);
