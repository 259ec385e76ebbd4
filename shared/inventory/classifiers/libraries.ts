import { nobody, ownCna, type Product } from './product.ts';

/** Libraries that programs bring along: compression, pictures, documents, the C library. */
export const libraries: readonly Product[] = [
  {
    id: 'glibc',
    cpe: 'gnu:glibc',
    judge: ownCna,
    classifiers: [
      {
        names: ['libc.so'],
        marks: [
          {
            anchor: 'GNU C Library ',
            expression: /^GNU C Library [^\n]{0,90}release version (?<version>2\.\d{1,2}(?:\.\d{1,3})?)/,
          },
        ],
      },
    ],
  },
  {
    id: 'musl',
    cpe: 'musl-libc:musl',
    judge: nobody,
    classifiers: [
      {
        names: ['libc.so', 'ld-musl.so'],
        marks: [
          {
            anchor: '/proc/self/fd/',
            expression: /^\/proc\/self\/fd\/\0+(?<version>1\.[12]\.\d{1,2}(?:_git20\d{6})?)\0/,
          },
          {
            anchor: '1.',
            before: 1,
            needsProof: true,
            expression: /^\0(?<version>1\.[12]\.\d{1,2}(?:_git20\d{6})?)\0/,
          },
        ],
        proofs: ['musl libc ('],
      },
    ],
  },
  {
    id: 'zlib',
    cpe: 'zlib:zlib',
    judge: nobody,
    classifiers: [
      {
        names: ['libz.so', 'libz-ng.so'],
        marks: [
          { anchor: ' deflate 1.', expression: /^ deflate (?<version>1\.\d\.\d{1,2}(?:\.\d{1,2})?) Copyright/ },
          { anchor: ' inflate 1.', expression: /^ inflate (?<version>1\.\d\.\d{1,2}(?:\.\d{1,2})?) Copyright/ },
        ],
      },
    ],
  },
  {
    id: 'xz',
    cpe: 'tukaani:xz',
    judge: ownCna,
    classifiers: [
      {
        names: ['xz', 'xzdec', 'lzmadec', 'lzmainfo'],
        marks: [{ anchor: '(XZ Utils) 5.', expression: /(?<version>5\.\d\.\d{1,2}(?:alpha|beta)?)/ }],
      },
    ],
  },
  {
    id: 'bzip2',
    cpe: 'bzip:bzip2',
    judge: nobody,
    classifiers: [
      {
        names: ['libbz.so', 'bzip', 'bunzip', 'bzcat'],
        marks: [{ anchor: '1.0.', expression: /^(?<version>1\.0\.\d), \d{1,2}-[A-Z][a-z]{2}-\d{4}/ }],
      },
    ],
  },
  {
    id: 'zstd',
    cpe: 'facebook:zstandard',
    judge: ownCna,
    classifiers: [
      {
        names: ['zstd', 'libzstd.so', 'zstdmt', 'unzstd', 'zstdcat'],
        marks: [
          { anchor: 'Zstandard CLI', before: 32, expression: /\0v(?<version>1\.\d{1,2}\.\d{1,2})\0/ },
          { anchor: '1.', before: 1, needsProof: true, expression: /^[^\d.](?<version>1\.[3-9]\.\d{1,2})\0/ },
        ],
        proofs: ['ZSTD_decompress'],
      },
    ],
  },
  {
    id: 'libxml2',
    cpe: 'xmlsoft:libxml2',
    judge: nobody,
    classifiers: [
      {
        names: ['libxml.so'],
        marks: [
          // 20914 is 2.9.14; some builds add the branch: 21105-GITv2.11.5
          {
            anchor: '2',
            before: 1,
            needsProof: true,
            expression: /^[^\d.]2(?:0(?<m>\d)|(?<mm>[1-3]\d))(?:0(?<p>\d)|(?<pp>[1-2]\d))(?:-[\w.-]{1,40})?\0/,
            form: '2.$<m>$<mm>.$<p>$<pp>',
          },
        ],
        proofs: ['xmlParserVersion'],
      },
    ],
  },
  {
    id: 'expat',
    cpe: 'libexpat_project:libexpat',
    judge: nobody,
    classifiers: [
      {
        names: ['libexpat.so'],
        marks: [{ anchor: 'expat_2.', expression: /^expat_(?<version>2\.\d{1,2}\.\d{1,2})\0/ }],
      },
    ],
  },
  {
    id: 'freetype',
    cpe: 'freetype:freetype',
    judge: nobody,
    classifiers: [
      {
        names: ['libfreetype.so'],
        // its version is three numbers in its code, and nowhere text
        marks: [],
        proofs: ['FREETYPE_PROPERTIES'],
      },
    ],
  },
  {
    id: 'libpng',
    cpe: 'libpng:libpng',
    judge: ownCna,
    classifiers: [
      {
        names: ['libpng.so'],
        marks: [{ anchor: 'libpng version 1.', expression: /^libpng version (?<version>1\.\d\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'libjpeg-turbo',
    cpe: 'libjpeg-turbo:libjpeg-turbo',
    judge: nobody,
    classifiers: [
      {
        names: ['libjpeg.so', 'libturbojpeg.so'],
        marks: [{ anchor: 'libjpeg-turbo version ', expression: /version (?<version>\d\.\d{1,2}\.\d{1,3})/ }],
      },
    ],
  },
  {
    id: 'libtiff',
    cpe: 'libtiff:libtiff',
    judge: nobody,
    classifiers: [
      {
        names: ['libtiff.so'],
        marks: [{ anchor: 'LIBTIFF, Version ', expression: /Version (?<version>\d\.\d{1,2}\.\d{1,2})/ }],
      },
    ],
  },
  {
    id: 'ffmpeg',
    cpe: 'ffmpeg:ffmpeg',
    judge: nobody,
    classifiers: [
      {
        names: [
          'ffmpeg',
          'ffprobe',
          'ffplay',
          'libavcodec.so',
          'libavformat.so',
          'libavutil.so',
          'libavfilter.so',
          'libswscale.so',
          'libavdevice.so',
          'libswresample.so',
          'libpostproc.so',
        ],
        marks: [
          {
            anchor: 'FFmpeg version ',
            expression: /^FFmpeg version n?(?<version>\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)[-+~\s\0]/,
          },
          { anchor: '%s version ', expression: /^%s version n?(?<version>\d{1,2}\.\d{1,2}(?:\.\d{1,2})?)[-+~\s\0]/ },
        ],
        // snapshots say a commit
        proofs: ['FFmpeg version N-', 'FFmpeg version git-'],
      },
    ],
  },
  {
    id: 'libarchive',
    cpe: 'libarchive:libarchive',
    judge: nobody,
    classifiers: [
      {
        names: ['libarchive.so', 'bsdtar'],
        marks: [{ anchor: 'libarchive 3.', expression: /^libarchive (?<version>3\.\d\.\d{1,2})/ }],
      },
    ],
  },
  {
    id: 'pcre2',
    cpe: 'pcre:pcre2',
    judge: ownCna,
    classifiers: [
      {
        names: ['libpcre.so'],
        marks: [
          {
            anchor: '10.',
            before: 1,
            needsProof: true,
            expression: /^[^\d.](?<version>10\.\d{2})(?:-RC\d)? 20\d\d-\d\d-\d\d\0/,
          },
        ],
        proofs: ['pcre2_compile'],
      },
    ],
  },
  {
    id: 'pcre',
    cpe: 'pcre:pcre',
    judge: nobody,
    classifiers: [
      {
        names: ['libpcre.so', 'libpcreposix.so'],
        marks: [
          { anchor: '8.', before: 1, needsProof: true, expression: /^[^\d.](?<version>8\.\d{2}) 20\d\d-\d\d-\d\d\0/ },
        ],
        proofs: ['pcre_compile', 'regcomp'],
      },
    ],
  },
  {
    id: 'qt',
    cpe: 'qt:qt',
    judge: ownCna,
    classifiers: [
      {
        names: ['libQt.so', 'libQtCore.so'],
        marks: [
          { anchor: 'Qt ', before: 1, expression: /\0Qt (?<version>[56]\.\d{1,2}\.\d{1,2}) \(/ },
          { anchor: 'QtCore library version ', expression: /version (?<version>4\.\d\.\d)/ },
        ],
      },
    ],
  },
  {
    id: 'nghttp2',
    cpe: 'nghttp2:nghttp2',
    judge: ownCna,
    classifiers: [
      {
        names: ['libnghttp.so', 'nghttpx', 'nghttp', 'h2load'],
        marks: [
          { anchor: 'nghttp2/1.', expression: /^nghttp2\/(?<version>1\.\d{1,2}\.\d{1,2})/ },
          { anchor: '1.', before: 1, needsProof: true, expression: /^[^\d.](?<version>1\.\d{2}\.\d{1,2})\0/ },
        ],
        proofs: ['nghttp2_session'],
      },
    ],
  },
  {
    id: 'imagemagick',
    cpe: 'imagemagick:imagemagick',
    judge: ownCna,
    classifiers: [
      {
        names: ['libMagickCore.so', 'magick'],
        marks: [{ anchor: 'ImageMagick ', expression: /^ImageMagick (?<version>[67]\.\d\.\d{1,2}-\d{1,2}) / }],
      },
    ],
  },
  {
    id: 'ghostscript',
    cpe: 'artifex:ghostscript',
    judge: nobody,
    classifiers: [
      {
        names: ['libgs.so', 'gs', 'gsc'],
        marks: [{ anchor: '/ghostscript/', expression: /^\/ghostscript\/(?<version>\d{1,2}\.\d{2}(?:\.\d)?)\// }],
      },
    ],
  },
];
