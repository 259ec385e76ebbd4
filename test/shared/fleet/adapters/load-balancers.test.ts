import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { elbBalancers } from '#root/shared/fleet/adapters/elb.ts';
import { fixedBalancers, type LoadBalancer, Retryable } from '#shared/fleet';
import { type BalancersThere, loadBalancersContract } from '../../../contract/load-balancers.ts';

loadBalancersContract('a fixed list', fixedBalancers);
loadBalancersContract('Elastic Load Balancing', (there) => elb(there).balancers);

const arnOf = ({ name }: LoadBalancer): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/${name}/50dc6c495c0c9188`;
const scheme = ({ internetFacing }: LoadBalancer): string => (internetFacing ? 'internet-facing' : 'internal');
const member = (inside: string): string => `<member>${inside}</member>`;

/** The API as it answers: XML of the Query protocol, in pages of one, with lists inside of members that look like members. */
function elb(there: BalancersThere, more: { readonly fail?: (call: number) => Response | Error | undefined } = {}) {
  const sent: { readonly url: string; readonly body: URLSearchParams; readonly headers: Record<string, string> }[] = [];
  let clock = 0;
  const groups = Object.entries(there).filter(([target]) => target.startsWith('arn:'));
  const balancers = [...new Map(groups.flatMap(([, all]) => all.map((each) => [each.name, each] as const))).values()];
  const lists: Readonly<Record<string, readonly [list: string, members: readonly string[]]>> = {
    '2015-12-01 DescribeLoadBalancers': [
      'LoadBalancers',
      balancers.map((each) =>
        member(
          `<LoadBalancerArn>${arnOf(each)}</LoadBalancerArn><Scheme>${scheme(each)}</Scheme><LoadBalancerName>${each.name}</LoadBalancerName>` +
            '<AvailabilityZones><member><SubnetId>subnet-8360a9e7</SubnetId><ZoneName>eu-west-1a</ZoneName></member></AvailabilityZones>' +
            '<State><Code>active</Code></State><SecurityGroups><member>sg-5943793c</member></SecurityGroups><Type>application</Type>',
        ),
      ),
    ],
    '2015-12-01 DescribeTargetGroups': [
      'TargetGroups',
      groups.map(([arn, all]) =>
        member(
          `<TargetGroupArn>${arn}</TargetGroupArn><Matcher><HttpCode>200</HttpCode></Matcher>` +
            `<LoadBalancerArns>${all.map((each) => member(arnOf(each))).join('')}</LoadBalancerArns>`,
        ),
      ),
    ],
    '2012-06-01 DescribeLoadBalancers': [
      'LoadBalancerDescriptions',
      Object.entries(there)
        .filter(([target]) => !target.startsWith('arn:'))
        .flatMap(([, all]) => all)
        .map((each) => member(`<LoadBalancerName>${each.name}</LoadBalancerName><Scheme>${scheme(each)}</Scheme>`)),
    ],
  };
  const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
    const body = new URLSearchParams(String(init?.body));
    sent.push({ url: String(url), body, headers: init?.headers as Record<string, string> });
    const failure = more.fail?.(sent.length);
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) return failure;
    const action = body.get('Action') ?? '';
    const [list, members] = lists[`${body.get('Version')} ${action}`] ?? ['', []];
    const from = Number(body.get('Marker') ?? 0);
    const next = from + 1 < members.length ? `<NextMarker>${from + 1}</NextMarker>` : '';
    return new Response(
      `<${action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/${body.get('Version')}/"><${action}Result>` +
        `<${list}>${members[from] ?? ''}</${list}>${next}</${action}Result>` +
        `<ResponseMetadata><RequestId>6581c0ac-f39f-11e5-bb98-57195a6eb84a</RequestId></ResponseMetadata></${action}Response>`,
    );
  };
  const client = elbBalancers({
    region: 'eu-west-1',
    urlSuffix: 'amazonaws.com',
    signing: { credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }, sha256: Sha256 },
    now: () => clock,
    fetch,
  });
  return { balancers: client, sent, pass: (ms: number) => (clock += ms) };
}

const shop = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/1';
const there: BalancersThere = { [shop]: [{ name: 'shop-alb', internetFacing: true }] };

describe('load balancers read by the Query API', () => {
  it('are asked for by signed requests that go to nobody else', async () => {
    const { balancers, sent } = elb(there);
    await balancers.inFront([shop]);
    expect(sent.map(({ body }) => body.get('Action'))).toEqual(['DescribeLoadBalancers', 'DescribeTargetGroups']);
    expect(sent[0]?.url).toBe('https://elasticloadbalancing.eu-west-1.amazonaws.com/');
    expect(sent[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/elasticloadbalancing\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    );
  });

  it('are listed once for many services, again after five minutes, and for a target that may be newer', async () => {
    const { balancers, sent, pass } = elb(there);
    await Promise.all([balancers.inFront([shop]), balancers.inFront([shop])]);
    await balancers.inFront(['arn:gone']);
    expect(sent).toHaveLength(2);
    pass(31_000);
    await balancers.inFront([shop]);
    expect(sent).toHaveLength(2);
    await balancers.inFront(['arn:newer']);
    expect(sent).toHaveLength(4);
    pass(5 * 60_000);
    await balancers.inFront([shop]);
    expect(sent).toHaveLength(6);
  });

  it('that may not be read are not known, which is no failure', async () => {
    const denied =
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is not authorized to perform: elasticloadbalancing:DescribeLoadBalancers</Message></Error></ErrorResponse>';
    const { balancers } = elb(there, { fail: () => new Response(denied, { status: 403 }) });
    expect(await balancers.inFront([shop])).toBeUndefined();
  });

  it.each<[string, () => Response | Error]>([
    [
      'a throttle',
      () => new Response('<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>', { status: 400 }),
    ],
    ['a broken service', () => new Response('', { status: 503 })],
    [
      'a line that breaks',
      () =>
        Object.assign(new TypeError('fetch failed'), {
          cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
        }),
    ],
    ['an answer that is cut', () => new Response('<DescribeLoadBalancersResponse><DescribeLoadBalancersResult>')],
    ['somebody else', () => new Response('<html><!DOCTYPE x>')],
  ])('given %s are tried again later, and asked for anew then', async (_, failure) => {
    const { balancers, sent } = elb(there, { fail: (call) => (call === 1 ? failure() : undefined) });
    await expect(balancers.inFront([shop])).rejects.toBeInstanceOf(Retryable);
    expect((await balancers.inFront([shop]))?.get(shop)).toEqual(there[shop]);
    expect(sent.length).toBeGreaterThan(2);
  });

  it('with pages that never end are left at some point', async () => {
    const page = (action: string) =>
      new Response(
        `<${action}Response><${action}Result><LoadBalancers/><TargetGroups/><NextMarker>again</NextMarker></${action}Result></${action}Response>`,
      );
    const { balancers, sent } = elb(there, { fail: () => page('Any') });
    await balancers.inFront([shop]);
    expect(sent.length).toBeLessThan(1_000);
  });
});

/** node:crypto as the signer takes it. */
class Sha256 {
  #hash;
  readonly #secret;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret;
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    this.#hash = this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret as string);
  }
}
