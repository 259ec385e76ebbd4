// where packages of a language are installed; the folder of one package follows
const home = /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems)\/[^/]+/;
const fixture = /\/(?:tests?|__tests__|specs?|fixtures?|__fixtures__|__mocks__|testdata|test-data|examples?)\//i;

/** True for a path in a folder of tests, fixtures or examples inside of an installed package: what lies there is no dependency of anything. */
export function inFixture(path: string): boolean {
  const match = home.exec(path);
  return match !== null && fixture.test(path.slice(match.index + match[0].length));
}
