import path from 'node:path';

/** The folder of package.json. */
export const projectRoot = path.join(import.meta.dirname, '..');

/**
 * How functions are bundled, for the stacks and for the benchmark alike: ES modules, the SDK inside (pinned, and faster to start than Lambda's own), maps
 * without the sources in them, because they lie in what is deployed (aws.md section 7); credentials from the environment, without the SDK's search for others.
 */
export const bundling = {
  target: 'node24',
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  alias: { '@aws-sdk/credential-provider-node': path.join(projectRoot, 'functions', 'lambda-credentials.ts') },
  // the YAML reader comes as CommonJS and requires Node's own modules
  banner: "import{createRequire as drydockRequire}from'node:module';const require=drydockRequire(import.meta.url);",
} as const;
