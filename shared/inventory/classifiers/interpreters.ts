import { bitnami, nobody, ownCna, type Product } from './product.ts';

/** Languages that run from source or byte code. */
export const interpreters: readonly Product[] = [
  {
    id: 'node',
    cpe: 'nodejs:node.js',
    judge: bitnami('node'),
    classifiers: [
      {
        names: ['node', 'nodejs', 'libnode.so'],
        marks: [
          // not from its first letter on: a search is as fast as its first character is rare
          { anchor: 'js/v', before: 5, expression: /node\.js\/v(?<version>\d{1,3}\.\d{1,3}\.\d{1,3})/ },
          {
            anchor: 'moduleLoadList',
            before: 32,
            expression: /\0v(?<version>\d{1,2}\.\d{1,3}\.\d{1,3})\0+moduleLoadList/,
          },
        ],
        proofs: ['NODE_MODULE_VERSION'],
      },
    ],
  },
  {
    id: 'deno',
    cpe: 'deno:deno',
    judge: ownCna,
    classifiers: [
      {
        names: ['deno'],
        marks: [
          { anchor: 'Deno/', expression: /^Deno\/(?<version>[1-9]\d?\.\d{1,3}\.\d{1,3})(?![\d.])/ },
          { anchor: 'deno-canary/', expression: /^deno-canary\/[0-9a-f]{40}(?<version>\d\.\d{1,2}\.\d{1,2})[a-z]/ },
          { anchor: 'release/v', before: 64, expression: /release\/v(?<version>\d\.\d{1,2}\.\d{1,2})windows/ },
          { anchor: 'release/v', before: 64, expression: /[0-9a-f]{40}(?<version>\d\.\d{1,2}\.\d{1,2})release\/v/ },
        ],
        proofs: ['DENO_DIR'],
      },
    ],
  },
  {
    id: 'bun',
    cpe: 'bun:bun',
    judge: nobody,
    classifiers: [
      {
        names: ['bun', 'bunx'],
        marks: [
          { anchor: 'Bun v', expression: /Bun v(?<version>\d{1,2}\.\d{1,3}\.\d{1,3})[\s(\0]/ },
          { anchor: 'bun-', expression: /\bbun-(?<version>\d{1,2}\.\d{1,3}\.\d{1,3})[\s\0]/ },
        ],
        proofs: ['BUN_INSTALL'],
      },
    ],
  },
  {
    id: 'python',
    cpe: 'python:python',
    judge: bitnami('python'),
    parts: {
      home: /^(.*?)(?:bin\/python[\w.]*|lib(?:64)?\/libpython[\w.]*)$/,
      inside: [
        /^bin\/python[\d.]*$/,
        /^lib(?:64)?\/libpython3\.so$/,
        /^lib(?:64)?\/python\d\.\d+\/lib-dynload\/[^/]+\.so$/,
      ],
    },
    classifiers: [
      {
        names: ['python', 'libpython.so', 'python-static'],
        marks: [
          {
            anchor: '%.80s (%.80s) %.80s',
            before: 32,
            expression: /\0(?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0+%\.80s/,
          },
          {
            anchor: '<prefix>/lib/pythonX.X',
            before: 56,
            expression: /\0(?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0+(?:strict\0+)?<prefix>/,
          },
          {
            anchor: 'pymalloc_debug',
            expression: /^pymalloc_debug\0+(?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0/,
          },
          // linkers keep a text that ends another one only there: the version as the end of the prefix that Python is built for
          {
            anchor: 'EXEC_PREFIX',
            before: 32,
            expression: /[^\d.](?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\0+EXEC_PREFIX/,
          },
          {
            anchor: 'lib/python',
            before: 32,
            expression:
              /[^\d.](?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\0+lib\/python(?:[23]\.\d|00\.zip)/,
          },
          {
            anchor: 'PYTHONHASHSEED must',
            before: 32,
            expression: /\0(?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0+PYTHONHASHSEED/,
          },
          { anchor: '/Python-', expression: /^\/Python-(?<version>[23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)[/\0]/ },
        ],
      },
    ],
  },
  {
    id: 'pypy',
    cpe: 'pypy:pypy',
    judge: nobody,
    classifiers: [
      {
        names: ['pypy', 'libpypy.so', 'libpypy-c.so', 'pypy-c'],
        marks: [{ anchor: '[PyPy ', expression: /\[PyPy (?<version>\d{1,2}\.\d{1,2}\.\d{1,2}(?:rc\d)?)/ }],
      },
    ],
  },
  {
    id: 'perl',
    cpe: 'perl:perl',
    judge: ownCna,
    parts: {
      home: /^(.*?)(?:bin\/perl[\d.]*|lib\/perl5\/5\.[\d.]+\/[\w-]+\/CORE\/libperl\.so)$/,
      inside: [/^bin\/perl[\d.]*$/, /^lib\/perl5\/5\.[\d.]+\/[\w-]+\/auto\/[\w/]+\.so$/],
    },
    classifiers: [
      {
        names: ['perl', 'libperl.so'],
        marks: [
          {
            anchor: 'PERL_INTERNAL_RAND_SEED',
            expression: /PERL_INTERNAL_RAND_SEED\0+v(?<version>5\.\d{1,2}\.\d{1,2})\0/,
          },
          {
            anchor: '/perl5/',
            expression: /\/perl5\/(?:site_perl\/|vendor_perl\/)?(?<version>5\.\d{1,2}\.\d{1,2})[/\0]/,
          },
          { anchor: '/perl/5.', expression: /\/perl\/(?<version>5\.\d{1,2}\.\d{1,2})[/\0]/ },
        ],
      },
    ],
  },
  {
    id: 'ruby',
    cpe: 'ruby-lang:ruby',
    judge: bitnami('ruby'),
    parts: {
      home: /^(.*?)(?:bin\/ruby[\d.]*|lib\/libruby[\w.-]*)$/,
      inside: [/^bin\/ruby[\d.]*$/, /^lib\/ruby\/\d[\d.]*\/[\w-]*linux[\w-]*\/[\w/-]+\.so$/],
    },
    classifiers: [
      {
        names: ['ruby', 'libruby.so', 'libruby-static.so'],
        marks: [
          {
            anchor: ' revision ',
            before: 48,
            expression: /ruby (?<version>\d\.\d{1,2}\.\d{1,2})(?:p\d{1,4}|dev)? \(20[\d-]{8} revision /,
          },
          {
            anchor: '- Copyright (C) 1993-20',
            expression: /\0ruby (?<version>\d\.\d{1,2}\.\d{1,2})(?:p\d{1,4}|dev)? \(20[\d-]{8}/,
          },
        ],
      },
    ],
  },
  {
    id: 'php',
    cpe: 'php:php',
    judge: bitnami('php'),
    classifiers: [
      {
        names: ['php', 'php-cli', 'php-fpm', 'php-cgi', 'phpdbg', 'libphp.so', 'frankenphp'],
        marks: [
          {
            anchor: 'X-Powered-By: PHP/',
            expression: /X-Powered-By: PHP\/(?<version>\d\.\d{1,2}\.\d{1,2}(?:(?:alpha|beta|RC)\d{1,2})?)/,
          },
        ],
      },
    ],
  },
  {
    id: 'lua',
    cpe: 'lua:lua',
    judge: bitnami('lua'),
    classifiers: [
      {
        names: ['lua', 'luac', 'liblua.so'],
        marks: [
          { anchor: '$LuaVersion: Lua ', expression: /Lua (?<version>5\.\d\.\d{1,2}) / },
          { anchor: '$Lua: Lua ', expression: /Lua (?<version>5\.\d\.\d{1,2}) / },
        ],
      },
    ],
  },
  {
    id: 'luajit',
    cpe: 'luajit:luajit',
    judge: nobody,
    classifiers: [
      {
        names: ['luajit', 'libluajit.so', 'luajit-2.1.0-beta'],
        marks: [{ anchor: 'LuaJIT 2.', expression: /LuaJIT (?<version>2\.\d\.\d{1,10}(?:-beta\d)?)[ \0]/ }],
      },
    ],
  },
  {
    id: 'julia',
    cpe: 'julialang:julia',
    judge: nobody,
    classifiers: [
      {
        names: ['libjulia.so', 'libjulia-internal.so'],
        marks: [
          {
            anchor: 'verify_methods',
            before: 56,
            expression: /\0(?<version>1\.\d{1,2}\.\d{1,2}(?:-(?:alpha|beta|rc)\d)?)\0+verify_methods/,
          },
          {
            anchor: 'branch\0',
            before: 56,
            expression: /\0(?<version>1\.\d{1,2}\.\d{1,2}(?:-(?:alpha|beta|rc)\d)?)\0+branch\0+commit/,
          },
          {
            anchor: 'julia version %s',
            before: 40,
            expression: /\0(?<version>1\.\d{1,2}\.\d{1,2}(?:-(?:alpha|beta|rc)\d)?)\0+julia/,
          },
        ],
      },
    ],
  },
  {
    id: 'swipl',
    cpe: 'swi-prolog:swi-prolog',
    judge: nobody,
    classifiers: [
      {
        names: ['swipl', 'libswipl.so'],
        marks: [{ anchor: 'swipl-', expression: /\bswipl-(?<version>\d{1,2}\.\d{1,2}\.\d{1,2})\// }],
      },
    ],
  },
  {
    id: 'tcl',
    cpe: 'tcl:tcl',
    judge: nobody,
    classifiers: [
      {
        names: ['libtcl.so'],
        marks: [
          { anchor: 'tcl_patchLevel', before: 24, expression: /\0(?<version>[89]\.\d\.\d{1,2})\0+tcl_patchLevel/ },
        ],
      },
    ],
  },
  {
    id: 'r',
    cpe: 'r-project:r',
    judge: nobody,
    parts: {
      home: /^(.*?)library\/base\/DESCRIPTION$/,
      inside: [
        /^lib\/lib(?:R|Rblas|Rlapack)\.so$/,
        /^bin\/(?:exec\/R|Rscript)$/,
        /^modules\/[\w-]+\.so$/,
        /^library\/[\w.]+\/libs\/[\w.]+\.so$/,
      ],
    },
    // its base package tells the version (extractors/r-package.ts); its library has it in pieces
    classifiers: [],
  },
  {
    id: 'elixir',
    cpe: 'elixir-lang:elixir',
    judge: nobody,
    classifiers: [
      {
        names: ['elixir', 'elixirc', 'iex', 'mix'],
        isScript: true,
        marks: [
          {
            anchor: 'ELIXIR_VERSION=',
            expression: /^ELIXIR_VERSION="?(?<version>\d\.\d{1,3}\.\d{1,3}(?:-rc\.\d{1,2})?)"?\s/,
          },
        ],
      },
    ],
  },
];
