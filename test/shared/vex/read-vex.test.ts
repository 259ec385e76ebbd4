import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostVexBytes, readVex, type VexStatement, writeOpenVex } from '#shared/vex';

const bytes = (document: unknown): Buffer => Buffer.from(JSON.stringify(document));
const digest = `sha256:${'a'.repeat(64)}`;

/** OpenVEX 0.2.0 as its own examples and vexctl write it. */
const openVex = (statements: readonly object[]): object => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://openvex.dev/docs/example/vex-9fb3463de1b57',
  author: 'Wolfi J Inkinson',
  role: 'Document Creator',
  timestamp: '2023-01-08T18:02:03.647787998-06:00',
  version: 1,
  statements,
});

const image = {
  '@id': `pkg:oci/app@sha256%3A${'a'.repeat(64)}?repository_url=ghcr.io/owner/app`,
  subcomponents: [{ '@id': 'pkg:deb/debian/curl' }],
};

describe('an attestation of OpenVEX', () => {
  const statement = (more: object = {}) => ({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'ghcr.io/owner/app', digest: { sha256: 'a'.repeat(64) } },
      { name: 'odd', digest: 'x' },
    ],
    predicateType: 'https://openvex.dev/ns/v0.2.0',
    predicate: openVex([{ vulnerability: { name: 'CVE-2023-38545' }, status: 'fixed' }]),
    ...more,
  });
  const envelope = (payload: string, payloadType = 'application/vnd.in-toto+json') => ({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: [],
  });

  it('is read from its statement, its envelope and its bundle; its subject is the product where none is named', () => {
    const inside = JSON.stringify(statement());
    for (const document of [statement(), envelope(inside), { mediaType: 'x', dsseEnvelope: envelope(inside) }]) {
      const { statements, subjects, form } = readVex(bytes(document), 'a file');
      expect([form, subjects]).toEqual(['openvex', [digest]]);
      expect(statements).toMatchObject([{ status: 'fixed', products: [{ purls: [], digests: [digest] }] }]);
    }
  });

  it.each<[string, object, RegExp]>([
    [
      'another predicate',
      statement({ predicateType: 'https://slsa.dev/provenance/v1' }),
      /attests https:\/\/slsa\.dev/,
    ],
    ['no predicate', statement({ predicate: undefined }), /write OpenVEX 0\.2\.0/],
    ['an envelope of something else', envelope('{}', 'text/plain'), /its envelope holds text\/plain/],
    ['a payload that is no JSON', envelope('{'), /not JSON in base64/],
    ['an envelope in an envelope', envelope(JSON.stringify(envelope('{}'))), /attests nothing/],
  ])('of %s is none, and says why', (_, document, why) => {
    expect(() => readVex(bytes(document), 'a file')).toThrow(why);
  });
});

describe('an OpenVEX document', () => {
  it('says what it says of products and their parts', () => {
    const read = readVex(
      bytes(
        openVex([
          {
            vulnerability: {
              '@id': 'https://nvd.nist.gov/vuln/detail/CVE-2023-38545',
              name: 'CVE-2023-38545',
              aliases: ['GHSA-7xw9-w465-6x42'],
            },
            products: [image],
            status: 'not_affected',
            justification: 'vulnerable_code_not_in_execute_path',
            impact_statement: 'no SOCKS5 proxy is used',
          },
          {
            vulnerability: { name: 'CVE-2023-1' },
            timestamp: '2023-02-01T00:00:00Z',
            products: [{ '@id': 'urn:x', hashes: { 'sha-256': 'A'.repeat(64) } }],
            status: 'fixed',
          },
        ]),
      ),
      'a.json',
    );
    expect(read).toEqual({
      form: 'openvex',
      id: 'https://openvex.dev/docs/example/vex-9fb3463de1b57',
      author: 'Wolfi J Inkinson',
      at: '2023-01-09T00:02:03.647Z',
      skipped: [],
      statements: [
        {
          vulnerabilities: ['CVE-2023-38545', 'GHSA-7xw9-w465-6x42'],
          products: [
            { purls: [image['@id']], digests: [], subcomponents: [{ purls: ['pkg:deb/debian/curl'], digests: [] }] },
          ],
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
          text: 'no SOCKS5 proxy is used',
          at: '2023-01-09T00:02:03.647Z',
          by: 'Wolfi J Inkinson',
        },
        {
          vulnerabilities: ['CVE-2023-1'],
          products: [{ purls: [], digests: [digest], subcomponents: [] }],
          status: 'fixed',
          at: '2023-02-01T00:00:00.000Z',
          by: 'Wolfi J Inkinson',
        },
      ],
    });
  });

  it.each([
    ['no reason', { status: 'not_affected', products: [image] }, /neither a justification nor an impact statement/],
    ['no product', { status: 'fixed' }, /names no product/],
    ['a product of another kind', { status: 'fixed', products: [{ '@id': 'urn:app' }] }, /names no product/],
    [
      'parts that nothing is known by',
      { status: 'fixed', products: [{ '@id': 'pkg:npm/a', subcomponents: [{ '@id': 'libfoo' }] }] },
      /names no product/,
    ],
    ['an invented status', { status: 'harmless', products: [image] }, /none of OpenVEX/],
    [
      'an invented justification alone',
      { status: 'not_affected', justification: 'trust_me', products: [image] },
      /why/,
    ],
  ])('is not believed for %s, and the statement is named', (_, fields, why) => {
    const { statements, skipped } = readVex(
      bytes(openVex([{ vulnerability: { name: 'CVE-2023-1' }, ...fields }])),
      'a.json',
    );
    expect(statements).toEqual([]);
    expect(skipped).toEqual([expect.stringMatching(why)]);
    expect(skipped[0]).toContain('CVE-2023-1');
  });

  it('that says more than is read of one is read as far, and says that it is cut', () => {
    const fixed = { vulnerability: { name: 'CVE-2023-1' }, status: 'fixed', products: ['pkg:npm/a'] };
    const many = readVex(bytes(openVex(Array.from({ length: 50_001 }, () => fixed))), 'a.json');
    const wide = { ...fixed, products: Array.from({ length: 200_000 }, (_, at) => `pkg:npm/a${at}`) };
    const broad = readVex(bytes(openVex([wide, fixed])), 'a.json');
    expect([many.statements.length, broad.statements.length]).toEqual([50_000, 1]);
    for (const { skipped } of [many, broad])
      expect(skipped).toEqual(['the document says more than is read of one; split it']);
  });

  it('of which nothing can be believed names the first hundred things, none of them at length', () => {
    const odd = (at: number) => ({ vulnerability: { name: `CVE-${at}-${'x'.repeat(1_000)}` }, status: 'odd' });
    const { skipped } = readVex(bytes(openVex(Array.from({ length: 101 }, (_, at) => odd(at)))), 'a.json');
    expect(skipped).toHaveLength(100);
    for (const [at, why] of skipped.entries()) expect(why).toMatch(new RegExp(`^CVE-${at}-x{290,299}…$`));
  });

  it('that we write is read as what was written', () => {
    const statements: VexStatement[] = [
      {
        vulnerabilities: ['CVE-2026-1', 'DSA-1-1'],
        products: [
          {
            purls: [`pkg:oci/app@${digest.replace(':', '%3A')}?repository_url=ghcr.io%2Fowner%2Fapp`],
            digests: [digest],
            subcomponents: [{ purls: ['pkg:deb/debian/curl@7.88.1-10%2Bdeb12u3?arch=amd64'], digests: [] }],
          },
        ],
        status: 'affected',
        text: 'accepted until 2027-01-01: not reachable',
        at: '2026-11-28T00:00:00.000Z',
        by: 'team-a',
      },
    ];
    const issue = { author: 'team-a', at: '2026-11-28T00:00:00.000Z', tool: 'drydock 1', statements };
    const read = readVex(Buffer.from(writeOpenVex(issue)), 'own.json');
    expect(read.statements).toEqual(statements);
    expect(read.skipped).toEqual([]);
    expect(writeOpenVex(issue)).toBe(writeOpenVex(issue));
  });
});

/** CSAF 2.0 in the shape of vendors' VEX: a container image by digest, a component in it, and a platform that only a CPE names. */
const csaf = (vulnerability: object): object => ({
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { category: 'vendor', name: 'Example Vendor', namespace: 'https://vendor.example' },
    title: 'VEX',
    tracking: {
      id: 'EX-2026-1',
      current_release_date: '2026-03-01T00:00:00Z',
      initial_release_date: '2026-02-01T00:00:00Z',
      version: '2',
    },
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Example Vendor',
        branches: [
          {
            category: 'product_name',
            name: 'app',
            product: {
              name: 'app',
              product_id: 'APP',
              [`product_identification_${'help'}er`]: {
                purl: `pkg:oci/app@${digest}?repository_url=ghcr.io/owner/app`,
              },
            },
          },
          {
            category: 'product_version',
            name: 'curl',
            product: {
              name: 'curl',
              product_id: 'CURL',
              [`product_identification_${'help'}er`]: { purl: 'pkg:rpm/redhat/curl@7.76.1-26.el9?arch=x86_64' },
            },
          },
          {
            category: 'product_name',
            name: 'RHEL 9',
            product: {
              name: 'RHEL 9',
              product_id: 'RHEL',
              [`product_identification_${'help'}er`]: { cpe: 'cpe:/o:redhat:enterprise_linux:9' },
            },
          },
        ],
      },
    ],
    relationships: [
      {
        category: 'default_component_of',
        product_reference: 'CURL',
        relates_to_product_reference: 'APP',
        full_product_name: { name: 'curl in app', product_id: 'APP:CURL' },
      },
      {
        category: 'default_component_of',
        product_reference: 'CURL',
        relates_to_product_reference: 'RHEL',
        full_product_name: { name: 'curl in RHEL', product_id: 'RHEL:CURL' },
      },
    ],
  },
  vulnerabilities: [{ cve: 'CVE-2023-38545', ...vulnerability }],
});

describe('a CSAF document', () => {
  it('says the same of the same things', () => {
    const read = readVex(
      bytes(
        csaf({
          product_status: { known_not_affected: ['APP:CURL'], fixed: ['APP'], recommended: ['APP'] },
          flags: [{ label: 'vulnerable_code_not_present', product_ids: ['APP:CURL'] }],
          threats: [{ category: 'impact', details: 'built without SOCKS5', product_ids: ['APP:CURL'] }],
        }),
      ),
      'b.json',
    );
    expect(read).toMatchObject({ form: 'csaf', id: 'EX-2026-1', author: 'Example Vendor', skipped: [] });
    const app = { purls: [`pkg:oci/app@${digest}?repository_url=ghcr.io/owner/app`], digests: [] };
    expect(
      read.statements.map(({ status, products, justification, text }) => ({ status, products, justification, text })),
    ).toEqual([
      {
        status: 'not_affected',
        products: [
          {
            ...app,
            subcomponents: [
              { purls: ['pkg:rpm/redhat/curl@7.76.1-26.el9?arch=x86_64'], digests: [], subcomponents: [] },
            ],
          },
        ],
        justification: 'vulnerable_code_not_present',
        text: 'built without SOCKS5',
      },
      { status: 'fixed', products: [{ ...app, subcomponents: [] }], justification: undefined, text: undefined },
    ]);
  });

  it('of a platform that only a CPE names says nothing, and is told', () => {
    const { statements, skipped } = readVex(
      bytes(csaf({ product_status: { fixed: ['RHEL:CURL', 'NOBODY'] } })),
      'b.json',
    );
    expect(statements).toEqual([]);
    expect(skipped).toEqual([
      'CVE-2023-38545: RHEL:CURL is named by no package URL or digest',
      'CVE-2023-38545: NOBODY is named by no package URL or digest',
    ]);
  });

  it('that is nested without end, or says "not affected" without a reason, is bounded and not believed', () => {
    let branch: object = { product: { product_id: 'DEEP', product_identification_x: { purl: 'pkg:npm/a' } } };
    for (let depth = 0; depth < 2_000; depth += 1) branch = { branches: [branch] };
    const document = { ...csaf({ product_status: { known_not_affected: ['APP'], fixed: ['DEEP'] } }) } as Record<
      string,
      unknown
    >;
    document.product_tree = {
      ...(document.product_tree as object),
      branches: [...(document.product_tree as { branches: object[] }).branches, branch],
    };
    const { statements, skipped } = readVex(bytes(document), 'b.json');
    expect(statements).toEqual([]);
    expect(skipped).toEqual([
      'CVE-2023-38545: not affected, but neither a justification nor an impact statement says why',
      'CVE-2023-38545: DEEP is named by no package URL or digest',
    ]);
  });
});

describe('what is no VEX document', () => {
  it.each([
    ['{', /not JSON/],
    ['[]', /OpenVEX 0.2.0/],
    ['{"bomFormat":"CycloneDX"}', /OpenVEX 0.2.0/],
    ['{"@context":"https://openvex.dev/ns/v0.2.0"}', /no list of statements/],
    ['{"document":{"csaf_version":"2.0"}}', /no list of vulnerabilities/],
    [' '.repeat(mostVexBytes + 1), /larger than 32 MB/],
  ])('%s is refused by its name', (text, why) => {
    expect(() => readVex(Buffer.from(text), 'c.json')).toThrow(why);
    expect(() => readVex(Buffer.from(text), 'c.json')).toThrow('c.json');
  });

  it('never makes it throw anything else, whatever lies in its fields', () => {
    const junk = fc.jsonValue();
    fc.assert(
      fc.property(junk, junk, junk, (a, b, c) => {
        const documents = [
          openVex([{ vulnerability: a, products: b, status: c }, a, b] as object[]),
          openVex([
            {
              vulnerability: { name: 'CVE-1', aliases: a },
              products: [b, { '@id': 'pkg:npm/a', subcomponents: c }],
              status: 'fixed',
            },
          ]),
          { ...csaf({ product_status: a, flags: b, threats: c }) },
          { document: { csaf_version: '2.0', tracking: a }, product_tree: b, vulnerabilities: [c] },
        ];
        for (const document of documents)
          for (const { vulnerabilities, products } of readVex(bytes(document), 'x').statements) {
            expect(vulnerabilities.length).toBeGreaterThan(0);
            expect(products.length).toBeGreaterThan(0);
          }
      }),
    );
  });
});
