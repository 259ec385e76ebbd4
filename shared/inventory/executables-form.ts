import * as z from 'zod';

/** What hundreds of executables of a layer have in common is written once. */
const shared = z.object({
  machine: z.number(),
  kind: z.enum(['static', 'dynamic', 'library', 'object']),
  loader: z.string().exactOptional(),
  needed: z.array(z.object({ name: z.string(), versions: z.array(z.string()) })),
});

const executable = z.object({
  path: z.string(),
  order: z.number().int().nonnegative(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
  size: z.number(),
  mode: z.number(),
  interpreter: z.string().exactOptional(),
  capabilities: z.array(z.string()).exactOptional(),
  elf: z
    .object({
      /** index of the linkage that it shares with others */
      shared: z.number().int().nonnegative(),
      soname: z.string().exactOptional(),
      defines: z.array(z.string()).exactOptional(),
      buildId: z.string().exactOptional(),
    })
    .exactOptional(),
});

/** Executables as they stand in stored facts. */
export const executablesForm = { linkages: z.array(shared), executables: z.array(executable) };

/** The linkage that executables share, as it stands there. */
export type SharedForm = z.infer<typeof shared>;
/** An executable, as it stands there. */
export type ExecutableForm = z.infer<typeof executable>;
