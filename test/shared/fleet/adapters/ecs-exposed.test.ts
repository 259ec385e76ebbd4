import type { Service, Task } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { serviceExposed, targetsOf, taskExposed } from '#root/shared/fleet/adapters/ecs-exposed.ts';
import type { Exposed, LoadBalancer } from '#shared/fleet';

const shop = 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/shop/1';
const back = 'arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/back/2';
const inFront = new Map<string, readonly LoadBalancer[]>([
  [shop, [{ name: 'shop-alb', internetFacing: true }]],
  [back, [{ name: 'back-nlb', internetFacing: false }]],
  ['old-elb', [{ name: 'old-elb', internetFacing: true }]],
]);
const network = (assignPublicIp: 'ENABLED' | 'DISABLED') => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp } },
});
const hidden = network('DISABLED');
const behind = (targetGroupArn: string) => ({
  loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
});

describe('from where an ECS service can be reached', () => {
  it.each<[string, Service, Exposed['reach'], string]>([
    [
      'behind an internet-facing load balancer',
      { ...hidden, ...behind(shop) },
      'internet',
      'load balancer shop-alb (internet-facing)',
    ],
    ['behind an internal one', { ...hidden, ...behind(back) }, 'internal', 'load balancer back-nlb (internal)'],
    [
      'behind a classic one',
      { ...hidden, loadBalancers: [{ loadBalancerName: 'old-elb' }] },
      'internet',
      'load balancer old-elb (internet-facing)',
    ],
    [
      'whose other half of a blue/green pair faces the internet',
      {
        ...hidden,
        loadBalancers: [
          {
            targetGroupArn: back,
            advancedConfiguration: { alternateTargetGroupArn: shop, productionListenerRule: 'x', roleArn: 'y' },
          },
        ],
      },
      'internet',
      'load balancer shop-alb (internet-facing)',
    ],
    [
      'one of whose task sets faces the internet',
      { ...hidden, taskSets: [{ ...hidden, ...behind(shop) }] },
      'internet',
      'load balancer shop-alb (internet-facing)',
    ],
    ['with public addresses', network('ENABLED'), 'internet', 'its tasks have public addresses (assignPublicIp)'],
    [
      'with public addresses, whatever is internal',
      { ...network('ENABLED'), ...behind(back) },
      'internet',
      'its tasks have public addresses (assignPublicIp)',
    ],
    [
      'that is deployed with public addresses still',
      { ...hidden, deployments: [network('ENABLED')] },
      'internet',
      'its tasks have public addresses (assignPublicIp)',
    ],
    [
      'in VPC Lattice',
      {
        ...hidden,
        deployments: [{ vpcLatticeConfigurations: [{ roleArn: 'r', targetGroupArn: 't', portName: 'p' }] }],
      },
      'internal',
      'VPC Lattice',
    ],
    [
      'in Service Connect',
      { ...hidden, deployments: [{ serviceConnectConfiguration: { enabled: true } }] },
      'internal',
      'ECS Service Connect',
    ],
    [
      'in service discovery',
      { ...hidden, serviceRegistries: [{ registryArn: 'arn:aws:servicediscovery:eu-west-1:1:service/s' }] },
      'internal',
      'service discovery (Cloud Map)',
    ],
    ['that nothing leads to', hidden, 'none', 'no load balancer, public address or service discovery leads to it'],
    [
      'whose target group stands alone',
      { ...hidden, ...behind('arn:gone') },
      'none',
      'its target group stands behind no load balancer',
    ],
    [
      'on the ports of its hosts',
      { launchType: 'EC2' },
      'unknown',
      'its ports lie on the hosts that it runs on, which are not looked at',
    ],
    [
      'of Express, whose load balancer is not named',
      { ...hidden, resourceManagementType: 'ECS' },
      'unknown',
      'an Express service, whose load balancer ECS keeps',
    ],
    ['of which nothing is said', {}, 'unknown', 'its ports lie on the hosts that it runs on, which are not looked at'],
  ])('%s', (_, service, reach, why) => {
    expect(serviceExposed(service, inFront)).toEqual({ reach, why });
  });

  it('is not known where load balancers may not be read, unless something else says it', () => {
    expect(serviceExposed({ ...hidden, ...behind(shop) }, undefined)).toMatchObject({ reach: 'unknown' });
    expect(serviceExposed({ ...network('ENABLED'), ...behind(shop) }, undefined)).toMatchObject({ reach: 'internet' });
    expect(serviceExposed(hidden, undefined)).toMatchObject({ reach: 'none' });
  });

  it('asks for each target once', () => {
    const twice: Service = { ...behind(shop), taskSets: [behind(shop), { loadBalancers: [{ loadBalancerName: '' }] }] };
    expect(targetsOf(twice)).toEqual([shop]);
  });

  it('of a lone task is not known, and says which port of its host it has', () => {
    const task: Task = { containers: [{ networkBindings: [{ containerPort: 80, hostPort: 32_768 }] }] };
    expect([taskExposed(task), taskExposed({})]).toMatchObject([
      { reach: 'unknown', why: expect.stringContaining('port 32768') },
      { reach: 'unknown' },
    ]);
  });
});
