import { type Api, localApi } from './api.ts';
import { defaultData } from './endpoints.ts';

/** Options of every command that asks a stack. */
export const apiOptions = {
  data: { type: 'string', default: defaultData },
} as const;

/** What help says of them. */
export const apiUsage = `  --data <folder>  the stack's data folder (default: ${defaultData})
`;

/** The stack that the options name. */
export const openApi = (values: { readonly data: string }): Promise<Api> => localApi(values.data);
