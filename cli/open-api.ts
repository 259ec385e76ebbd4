import { type Api, localApi, makeApi } from './api.ts';
import { defaultData, hasEndpoints } from './endpoints.ts';

/** Options of every command that asks a stack. */
export const apiOptions = {
  data: { type: 'string' },
  api: { type: 'string' },
} as const;

/** What help says of them. */
export const apiUsage = `  --data <folder>  the data folder of a stack on this machine (default: ${defaultData})
  --api <address>  the api of a deployed stack, asked with your own AWS credentials (default: what was deployed from this folder, when no
                   stack runs on this machine)
`;

/** Which stack the options name: an address in AWS, or a data folder on this machine. */
export async function whichStack(values: {
  readonly data?: string | undefined;
  readonly api?: string | undefined;
}): Promise<{ readonly address: string } | { readonly folder: string }> {
  if (values.api !== undefined) return { address: values.api };
  const folder = values.data ?? defaultData;
  if (values.data !== undefined || (await hasEndpoints(folder))) return { folder };
  const { deployedApi } = await import('./aws/function-url.ts');
  const address = await deployedApi();
  return address === undefined ? { folder } : { address };
}

/** The api of the stack that the options name. Throws CommandFailed and UsageError. */
export async function openApi(values: Parameters<typeof whichStack>[0]): Promise<Api> {
  const stack = await whichStack(values);
  if ('folder' in stack) return localApi(stack.folder);
  const { functionUrl, ownTransport } = await import('./aws/function-url.ts');
  return makeApi(`the stack at ${functionUrl(stack.address).url.host}`, await ownTransport(stack.address));
}
