import { expect, test } from 'vitest';
import { nearServices } from '../../cli/near-services.ts';

const services = ['prod/worker', 'prod/checkout', 'prod/cart', 'prod/mail', 'test/checkout'];

test.each([
  [
    'a letter too few names the service first, then others of its cluster',
    'prod/chekout',
    ['prod/checkout', 'prod/cart', 'prod/mail'],
  ],
  ['a cluster that is mistyped', 'prd/worker', ['prod/worker']],
  [
    'a cluster that is there with a name that is far',
    'prod/payments-and-more',
    ['prod/cart', 'prod/checkout', 'prod/mail'],
  ],
  ['an image of a registry is no service', 'grafana/grafana', []],
  ['a cluster that only begins alike is another', 'pro/unlike-all-of-them', []],
])('%s', (_, named, near) => {
  expect(nearServices(named, services)).toEqual(near);
});
