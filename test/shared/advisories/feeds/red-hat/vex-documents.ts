/** What a document says of one component of one platform. */
export interface Line {
  /** id and CPE: ['BaseOS-9.4.0.Z.EUS', 'rhel_eus:9.4::baseos'] */
  readonly on: readonly [id: string, cpe: string];
  /** `openssl-1:3.0.7-27.el9.x86_64`, `curl.src`, `nodejs:18/nodejs` */
  readonly component: string;
  readonly purl?: string;
  /** the module that it is a component of, as a relation of its own: ['nodejs:18:8090…:rhel8', purl] */
  readonly module?: readonly [id: string, purl?: string];
  readonly status: 'fixed' | 'known_affected' | 'known_not_affected' | 'under_investigation';
  readonly plan?: 'Will not fix' | 'Out of support scope' | 'Affected' | 'Fix deferred';
  readonly flag?: string;
  readonly advisory?: string;
  readonly impact?: string | null;
  readonly vector?: string;
  readonly score?: number;
}

/** Everything else of a document. */
export interface About {
  readonly cve?: string;
  readonly title?: string;
  readonly released?: string;
  readonly first?: string;
  readonly status?: string;
  /** branches nest by family and architecture, as before 2026, or lie flat under the vendor */
  readonly form?: 'vex' | 'vex-feed';
}

/** A CSAF VEX document as Red Hat writes it. */
export function vexDocument(lines: readonly Line[], about: About = {}): object {
  const { cve = 'CVE-2024-1000', released = '2024-06-01T10:00:00+00:00', form = 'vex' } = about;
  const idOf = (line: Line): string => [line.on[0], line.module?.[0], line.component].filter(Boolean).join(':');
  const many = <T>(list: readonly T[]): T[] => [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
  const platforms = many(lines.map(({ on }) => on)).map(([id, cpe]) => ({
    category: 'product_name',
    name: `Red Hat Enterprise Linux (${id})`,
    product: {
      name: `Red Hat Enterprise Linux (${id})`,
      product_id: id,
      product_identification_helper: { cpe: `cpe:/${/baseos|linux:\d+$/.test(cpe) ? 'o' : 'a'}:redhat:${cpe}` },
    },
  }));
  const version = (id: string, purl: string | undefined): object => ({
    category: 'product_version',
    name: id,
    product: {
      name: id,
      product_id: id,
      ...(purl === undefined ? {} : { product_identification_helper: { purl } }),
    },
  });
  const components = many(lines.map(({ component, purl }) => version(component, purl)));
  const modules = many(lines.flatMap(({ module }) => (module === undefined ? [] : [version(module[0], module[1])])));
  const vendor = (branches: readonly object[]): object => ({ branches, category: 'vendor', name: 'Red Hat' });
  const nested = [
    { branches: platforms, category: 'product_family', name: 'Red Hat Enterprise Linux' },
    ...modules,
    { branches: components, category: 'architecture', name: 'x86_64' },
  ];
  const relation = (product: string, component: string, platform: string): object => ({
    category: 'default_component_of',
    full_product_name: { name: `${component} as a component of ${platform}`, product_id: product },
    product_reference: component,
    relates_to_product_reference: platform,
  });
  const relations = many(
    lines.flatMap((line) => {
      const { on, module, component } = line;
      if (module === undefined) return [relation(idOf(line), component, on[0])];
      const place = `${on[0]}:${module[0]}`;
      return [relation(place, module[0], on[0]), relation(idOf(line), component, place)];
    }),
  );
  const of = (wanted: (line: Line) => unknown): string[] => lines.filter((line) => wanted(line)).map(idOf);
  const by = (value: (line: Line) => string | undefined): [string, string[]][] =>
    [...new Set(lines.flatMap((line) => value(line) ?? []))].map((one) => [one, of((line) => value(line) === one)]);
  return {
    document: {
      aggregate_severity: { namespace: 'https://access.redhat.com/security/updates/classification/', text: 'Moderate' },
      category: 'csaf_vex',
      csaf_version: '2.0',
      publisher: { category: 'vendor', name: 'Red Hat Product Security', namespace: 'https://www.redhat.com' },
      title: about.title ?? 'openssl: a flaw',
      tracking: {
        current_release_date: released,
        generator: { date: released, engine: { name: 'Red Hat SDEngine', version: '4.7.1' } },
        id: cve,
        initial_release_date: about.first ?? '2024-03-05T00:00:00+00:00',
        revision_history: [{ date: released, number: '1', summary: 'Last generated version' }],
        status: about.status ?? 'final',
        version: '1',
      },
    },
    product_tree: {
      branches: [vendor(form === 'vex' ? nested : [...platforms, ...modules, ...components])],
      relationships: relations,
    },
    vulnerabilities: [
      {
        cve,
        cwe: { id: 'CWE-835', name: 'Loop with Unreachable Exit Condition' },
        flags: by(({ flag }) => flag).map(([label, product_ids]) => ({ label, product_ids })),
        product_status: Object.fromEntries(by(({ status }) => status)),
        remediations: [
          ...by(({ advisory }) => advisory).map(([advisory, product_ids]) => ({
            category: 'vendor_fix',
            date: released,
            details: 'Before applying this update, make sure all previously released errata have been applied.',
            product_ids,
            url: `https://access.redhat.com/errata/${advisory}`,
          })),
          ...by(({ plan }) => plan).map(([details, product_ids]) => ({
            category: details === 'Affected' || details === 'Fix deferred' ? 'none_available' : 'no_fix_planned',
            details,
            product_ids,
          })),
          { category: 'workaround', details: 'None that meets our criteria.', product_ids: of(() => true) },
        ],
        scores: by(({ vector = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H' }) => vector).map(
          ([vectorString, products]) => ({
            cvss_v3: {
              baseScore: lines.find((line) => products.includes(idOf(line)))?.score ?? 5.9,
              baseSeverity: 'MEDIUM',
              vectorString,
              version: '3.1',
            },
            products,
          }),
        ),
        threats: by(({ impact }) => (impact === null ? undefined : (impact ?? 'Moderate'))).map(
          ([details, product_ids]) => ({ category: 'impact', details, product_ids }),
        ),
        title: about.title ?? 'openssl: a flaw',
      },
    ],
  };
}

/** Platforms as documents name them. */
export const rhel = {
  unfixed: (major: number): Line['on'] => [`red_hat_enterprise_linux_${major}`, `enterprise_linux:${major}`],
  main: (minor: string, repository = 'BaseOS'): Line['on'] => [
    `${repository}-${minor}.0.Z.MAIN`,
    `enterprise_linux:${minor.split('.')[0]}::${repository.toLowerCase()}`,
  ],
  /** the newest minor release while it is also an extended one to be */
  both: (minor: string, repository = 'BaseOS'): Line['on'] => [
    `${repository}-${minor}.0.Z.MAIN.EUS`,
    `enterprise_linux:${minor.split('.')[0]}::${repository.toLowerCase()}`,
  ],
  extended: (stream: string, minor: string, repository = 'BaseOS'): Line['on'] => [
    `${repository}-${minor}.0.Z.${stream.toUpperCase()}`,
    `rhel_${stream}:${minor}::${repository.toLowerCase()}`,
  ],
} as const;

/** A build of an rpm with its purl: `built('curl', '7.76.1-26.el9_3.2', 'x86_64')`. */
export function built(
  name: string,
  version: string,
  architecture: string,
  epoch = 0,
  label?: string,
): Pick<Line, 'component' | 'purl'> {
  const qualifiers = [
    `arch=${architecture}`,
    ...(epoch === 0 ? [] : [`epoch=${epoch}`]),
    ...(label === undefined ? [] : [`rpmmod=${label}`]),
  ];
  return {
    component: `${name}-${epoch}:${version}.${architecture}`,
    purl: `pkg:rpm/redhat/${name}@${encodeURIComponent(version)}?${qualifiers.join('&')}`,
  };
}

/** A source package of which no build is named. */
export const anySource = (name: string): Pick<Line, 'component' | 'purl'> => ({
  component: name,
  purl: `pkg:rpm/redhat/${name}?arch=src`,
});
