import { readArguments } from '../arguments.ts';
import { defaultData } from '../endpoints.ts';
import { CommandFailed, type ExitCode, exitCodes } from '../exit-codes.ts';
import { localCluster, openLocalFleet } from '../local-fleet.ts';
import type { Terminal } from '../terminal.ts';

export const usage = `drydock local stop <service> [options]

  stops a service of the running stack's fleet (cluster ${localCluster}) and takes it away

  --data <folder>  the stack's data folder (default: ${defaultData})
`;

/** Takes a service of the embedded fleet away. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, { data: { type: 'string', default: defaultData } }, [
    '<service>',
  ]);
  const service = positionals[0] ?? '';
  const { ecs, close } = await openLocalFleet(values.data);
  try {
    const sdk = await import('@aws-sdk/client-ecs');
    await ecs
      .send(new sdk.DeleteServiceCommand({ cluster: localCluster, service, force: true }))
      .catch(async (cause: unknown) => {
        if (!(cause instanceof sdk.ServiceNotFoundException || cause instanceof sdk.ClusterNotFoundException))
          throw cause;
        const listed = await ecs.send(new sdk.ListServicesCommand({ cluster: localCluster })).catch(() => undefined);
        const names = (listed?.serviceArns ?? []).map((arn) => arn.split('/').at(-1));
        const there =
          names.length === 0 ? 'nothing runs' : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
        throw new CommandFailed(
          `there is no service ${JSON.stringify(service)} in the cluster ${localCluster}: ${there}`,
          { cause },
        );
      });
    terminal.write(`stopped ${localCluster}/${service}\n`);
    return exitCodes.ok;
  } finally {
    close();
  }
}
