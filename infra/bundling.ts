import path from 'node:path';

/** The folder of package.json. */
export const projectRoot = path.join(import.meta.dirname, '..');

/** What stands in place of a part of the SDK that no function can use; its file says why. */
const inPlace = (file: string): string => path.join(projectRoot, 'functions', file);

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
  alias: {
    '@aws-sdk/credential-provider-node': inPlace('lambda-credentials.ts'),
    '@aws-sdk/middleware-endpoint-discovery': inPlace('lambda-endpoint-discovery.ts'),
    '@aws-sdk/signature-v4-multi-region': inPlace('lambda-signer.ts'),
    '@smithy/core/event-streams': inPlace('lambda-event-streams.ts'),
  },
  // the YAML reader comes as CommonJS and requires Node's own modules
  banner: "import{createRequire as drydockRequire}from'node:module';const require=drydockRequire(import.meta.url);",
} as const;

/** Code that functions run in threads of their own: it is bundled apart, and lies beside the function's bundle under its own name. */
const threads: Readonly<Record<string, readonly string[]>> = {
  'scan-image': ['shared/oci/adapters/unpack-thread.ts'],
};

/** One file that esbuild makes beside a function's bundle. */
export interface ThreadBundle {
  readonly entry: string;
  readonly outfile: string;
}

/** What is to be bundled beside a function, given the folder that its bundle lies in. */
export function threadBundles(functionFolder: string, outputFolder: string): ThreadBundle[] {
  return (threads[functionFolder] ?? []).map((file) => ({
    entry: path.join(projectRoot, file),
    outfile: path.join(outputFolder, path.basename(file).replace(/\.ts$/, '.mjs')),
  }));
}

/** The command that makes one, in the project's folder. */
export function threadCommand({ entry, outfile }: ThreadBundle): string {
  const { target, format, platform } = bundling;
  return `npx --no-install esbuild "${entry}" --bundle --minify --target=${target} --format=${format} --platform=${platform} --outfile="${outfile}" --log-level=warning`;
}
