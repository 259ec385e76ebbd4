import { nobody, type Product } from './product.ts';

/** Shells and what stands for a whole userland. */
export const shells: readonly Product[] = [
  {
    id: 'bash',
    cpe: 'gnu:bash',
    judge: nobody,
    classifiers: [
      {
        names: ['bash', 'rbash'],
        marks: [
          {
            anchor: '@(#)Bash version ',
            expression: /Bash version (?<version>\d\.\d{1,2}\.\d{1,3})\(\d{1,3}\) (?:release|alpha|beta|rc)/,
          },
        ],
      },
    ],
  },
  {
    id: 'zsh',
    cpe: 'zsh:zsh',
    judge: nobody,
    classifiers: [
      {
        names: ['zsh', 'zsh-static'],
        marks: [
          { anchor: 'zsh %s (%s-%s-%s)', before: 32, expression: /\0(?<version>5\.\d{1,2}(?:\.\d{1,2})?)\0+zsh %s/ },
          { anchor: '/zsh/5.', expression: /^\/zsh\/(?<version>5\.\d{1,2}(?:\.\d{1,2})?)[/\0]/ },
        ],
      },
    ],
  },
  {
    id: 'mksh',
    cpe: 'mirbsd:mksh',
    judge: nobody,
    classifiers: [
      {
        names: ['mksh', 'lksh', 'mksh-static'],
        marks: [{ anchor: ' KSH R', before: 16, expression: /(?:MIRBSD|LEGACY) KSH R(?<version>\d{2}[a-z]?) / }],
      },
    ],
  },
  {
    id: 'busybox',
    cpe: 'busybox:busybox',
    judge: nobody,
    classifiers: [
      {
        // often a copy or a hard link under the name of one of its commands
        names: ['busybox', 'busybox.static', 'busybox-static', 'sh', 'ash', '['],
        marks: [{ anchor: 'BusyBox v1.', expression: /^BusyBox v(?<version>1\.\d{1,2}\.\d{1,2})[\s\0]/ }],
      },
    ],
  },
  {
    id: 'toybox',
    cpe: 'landley:toybox',
    judge: nobody,
    classifiers: [
      {
        names: ['toybox'],
        marks: [
          { anchor: 'toybox wget/', expression: /^toybox wget\/(?<version>0\.\d{1,2}\.\d{1,2})\0/ },
          { anchor: '0.', before: 1, needsProof: true, expression: /^\0(?<version>0\.\d{1,2}\.\d{1,2})\0/ },
        ],
        proofs: ['toybox %s'],
      },
    ],
  },
];
