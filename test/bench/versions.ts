import { versionOrderOf } from '../../shared/advisories/versions/index.ts';

/** For each order: an ecosystem that uses it and versions as inventories and advisories write them. */
const SAMPLES: readonly (readonly [ecosystem: string, versions: readonly string[]])[] = [
  [
    'Debian',
    [
      '7.88.1-10+deb12u4',
      '7.88.1-10+deb12u12',
      '1:9.2p1-2+deb12u3',
      '2.36-9+deb12u4',
      '5.6.1+really5.4.5-1',
      '1.0.1e-2+deb7u5',
    ],
  ],
  ['Alpine', ['8.4.0-r0', '8.1.0-r2', '1.36.1-r15', '3.0.7-r0', '9.3_p2-r0', '1.2.4_git20230717-r4']],
  [
    'AlmaLinux',
    [
      '7.76.1-26.el9_3.2',
      '1:3.0.1-43.el9_0',
      '2.34-60.el9_2.7',
      '2.28-225.el8_8.6',
      '4:1.1.12-1.el9_3',
      '8.7p1-38.el9_4.1',
    ],
  ],
  ['npm', ['4.17.21', '4.17.20', '1.0.0-rc.1', '2.0.0-beta.11', '3.3.6', '10.2.4']],
  [
    'Go',
    ['v0.17.0', '1.1.12', 'v0.0.0-20211209193657-4570a0811e8b', '2.0.0+incompatible', '1.21.0-rc.2', '1.0.0-rc93'],
  ],
  ['NuGet', ['13.0.1', '4.3.0', '4.3.1', '6.0.0-Preview.7', '1.0.0.1', '8.0.0-rc.2']],
  ['Pub', ['1.0.0', '1.0.0+1', '0.13.5', '2.0.0-dev.1', '4.0.2', '0.9.0+10']],
  ['PyPI', ['2.31.0', '2.3.0', '1.26.17', '2.0.0a1', '1.0.post1', '4.2.1.dev3']],
  ['Maven', ['2.15.0', '2.12.2', '5.2.20.RELEASE', '31.1-jre', '4.1.59.Final', '2.0-beta9']],
  ['RubyGems', ['6.1.7.1', '7.0.4.1', '7.1.0.beta1', '1.13.6-x86_64-linux', '5.2.8.15', '1.10']],
  ['Packagist', ['v5.0.0-BETA1', '4.4.50', '9.5.0', '10.4.37', '8.9.20', '2.1.x-dev']],
  ['CRAN', ['0.1-2', '1.0.3', '0.3.2.0', '2.1-10', '1.18', '0.75']],
  ['Hackage', ['0.1.26.0', '1.0.0.0', '2.0.3', '0.11.3.0', '1.2.1', '4.18']],
  ['Echo:npm', ['4.17.21', '4.17.20+echo.1', '1.0.0-rc.1', '4.17.20+echo.2', '3.3.6', '10.2.4']],
];

const MILLISECONDS = 150;

/** Comparisons per second, after a warm-up, of every pair of the versions in turn. */
function rate(compare: (a: string, b: string) => number, versions: readonly string[]): number {
  let rounds = 0;
  let signs = 0;
  let started = performance.now();
  const warm = started + MILLISECONDS / 3;
  let isWarm = false;
  for (;;) {
    for (let i = 0; i < 20; i++) for (const a of versions) for (const b of versions) signs += compare(a, b);
    rounds += 20;
    const now = performance.now();
    if (!isWarm && now >= warm) {
      isWarm = true;
      started = now;
      rounds = 0;
    } else if (isWarm && now - started >= MILLISECONDS) {
      if (signs !== 0) throw new Error('the order is not antisymmetric');
      return (rounds * versions.length ** 2 * 1000) / (now - started);
    }
  }
}

/** Prints comparisons per second for each version order. */
export function bench(): void {
  console.log('version orders, comparisons per second');
  for (const [ecosystem, versions] of SAMPLES) {
    const order = versionOrderOf(ecosystem);
    if (order === undefined) throw new Error(`no order for ${ecosystem}`);
    console.log(
      `  ${order.name.padEnd(26)}${Math.round(rate(order.compare, versions)).toLocaleString('en').padStart(12)}`,
    );
  }
}
