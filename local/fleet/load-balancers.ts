import { fixedBalancers } from '#shared/fleet';

const group = (name: string): string =>
  `arn:aws:elasticloadbalancing:local:000000000000:targetgroup/${name}/0000000000000000`;

/** The target groups that the embedded fleet has: a service behind one of them can be reached from there. Nothing listens. */
export const targetGroups = { internet: group('public'), internal: group('private') } as const;

/** What stands in front of them. */
export const localBalancers = fixedBalancers({
  [targetGroups.internet]: [{ name: 'local-public', internetFacing: true }],
  [targetGroups.internal]: [{ name: 'local-private', internetFacing: false }],
});
