// what a build of Node brings, wherever it was unpacked: /usr/local, /opt/node-v20, nvm's folders; Red Hat's node_modules_22
const withNode = /(?:^|\/)lib\/node_modules(?:_\d+)?\/(?:npm|corepack)\//;
// Debian's npm, with what only it needs
const ofDebian = /(?:^|\/)usr\/share\/nodejs\/(?:npm|corepack)\//;
// Yarn beside Node in the official images, and what Corepack fetched
const managers = [
  /^opt\/yarn-v?\d[^/]*\/package\.json$/,
  /(?:^|\/)corepack\/(?:v\d+\/)?(?:npm|pnpm|yarn)\/\d[^/]*\/package\.json$/,
];

/**
 * True for package managers and what belongs to them (detection.md section 4, trap 29): an application does not load them, and only whoever chooses the
 * runtime or the base image changes them.
 */
export const isTooling = (path: string): boolean =>
  withNode.test(path) || ofDebian.test(path) || managers.some((place) => place.test(path));
