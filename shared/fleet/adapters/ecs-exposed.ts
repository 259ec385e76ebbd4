import type { Service, Task } from '@aws-sdk/client-ecs';
import type { LoadBalancer } from '../load-balancers.ts';
import type { Exposed } from '../types.ts';

/** The target groups and classic load balancers that lead to a service: its own, the other half of a blue/green pair, and those of its task sets. */
export const targetsOf = (service: Service): string[] => [
  ...new Set(
    [service, ...(service.taskSets ?? [])]
      .flatMap(({ loadBalancers }) => loadBalancers ?? [])
      .flatMap(({ targetGroupArn, loadBalancerName, advancedConfiguration }) => [
        targetGroupArn,
        loadBalancerName,
        advancedConfiguration?.alternateTargetGroupArn,
      ])
      .flatMap((target) => (target === undefined || target === '' ? [] : [target])),
  ),
];

/**
 * From where a service can be reached (ECS API reference, Service): an internet-facing load balancer or public addresses of its tasks, then an internal load balancer, VPC
 * Lattice, Service Connect or service discovery. Without a network of its own (bridge, host) its ports lie on hosts that are not looked at. Pure.
 *
 * @param inFront the load balancers of its targets; undefined: they could not be asked for
 */
export function serviceExposed(
  service: Service,
  inFront: ReadonlyMap<string, readonly LoadBalancer[]> | undefined,
): Exposed {
  const targets = targetsOf(service);
  const balancers = targets.flatMap((target) => inFront?.get(target) ?? []);
  const facing = balancers.find(({ internetFacing }) => internetFacing);
  if (facing !== undefined) return { reach: 'internet', why: `load balancer ${facing.name} (internet-facing)` };
  const networks = [service, ...(service.taskSets ?? []), ...(service.deployments ?? [])].flatMap(
    ({ networkConfiguration }) => networkConfiguration?.awsvpcConfiguration ?? [],
  );
  if (networks.some(({ assignPublicIp }) => assignPublicIp === 'ENABLED'))
    return { reach: 'internet', why: 'its tasks have public addresses (assignPublicIp)' };
  if (service.resourceManagementType === 'ECS' && balancers.length === 0)
    return { reach: 'unknown', why: 'an Express service, whose load balancer ECS keeps' };
  if (targets.length > 0 && inFront === undefined)
    return {
      reach: 'unknown',
      why: 'its load balancers may not be read (elasticloadbalancing:DescribeLoadBalancers and DescribeTargetGroups)',
    };
  const [internal] = balancers;
  if (internal !== undefined) return { reach: 'internal', why: `load balancer ${internal.name} (internal)` };
  if (service.deployments?.some(({ vpcLatticeConfigurations = [] }) => vpcLatticeConfigurations.length > 0))
    return { reach: 'internal', why: 'VPC Lattice' };
  if (networks.length === 0)
    return { reach: 'unknown', why: 'its ports lie on the hosts that it runs on, which are not looked at' };
  if (service.deployments?.some(({ serviceConnectConfiguration }) => serviceConnectConfiguration?.enabled === true))
    return { reach: 'internal', why: 'ECS Service Connect' };
  if ((service.serviceRegistries ?? []).length > 0) return { reach: 'internal', why: 'service discovery (Cloud Map)' };
  return {
    reach: 'none',
    why:
      targets.length > 0
        ? 'its target group stands behind no load balancer'
        : 'no load balancer, public address or service discovery leads to it',
  };
}

/** From where a lone task can be reached: ECS says nothing of its public address. */
export function taskExposed(task: Task): Exposed {
  const ports = (task.containers ?? []).flatMap(({ networkBindings }) => networkBindings ?? []);
  const [first] = ports.flatMap(({ hostPort }) => hostPort ?? []);
  return {
    reach: 'unknown',
    why:
      first === undefined
        ? 'a lone task; ECS does not say whether it has a public address'
        : `a lone task on port ${first} of its host, which is not looked at`,
  };
}
