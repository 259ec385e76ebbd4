import { SignatureV4 } from '@smithy/signature-v4';
import { Refused } from '../errors.ts';
import type { LoadBalancer, LoadBalancers } from '../load-balancers.ts';
import { fleetError } from './ecs-errors.ts';
import { type AnswerMember, errorOf, readAnswer } from './elb-answers.ts';

/** What reading load balancers needs. */
export interface ElbOptions {
  readonly region: string;
  /** `amazonaws.com`, or another partition's */
  readonly urlSuffix: string;
  /** of any client of the SDK: who asks, and the hash that the signer takes */
  readonly signing: Pick<ConstructorParameters<typeof SignatureV4>[0], 'credentials' | 'sha256'>;
  /** milliseconds since 1970 */
  readonly now: () => number;
  /** tests bring their own */
  readonly fetch?: typeof fetch;
}

/** So long a list is good: load balancers rarely change, and whoever asks does so for many services in a row. */
const goodForMs = 5 * 60_000;
/** A target that is not on the list may be newer than it. */
const youngMs = 30_000;
const patienceMs = 20_000;
const mostPages = 200;

const application = '2015-12-01';
const classic = '2012-06-01';

/**
 * Elastic Load Balancing by its Query API, three operations that only read, without an SDK of their own. All load balancers are listed at once, which is fewer calls than asking for
 * each and cannot fail by one that is gone.
 */
export function elbBalancers(options: ElbOptions): LoadBalancers {
  const { region, now, fetch: send = fetch } = options;
  const signer = new SignatureV4({ service: 'elasticloadbalancing', region, ...options.signing });
  const hostname = `elasticloadbalancing.${region}.${options.urlSuffix}`;

  async function ask(action: Action, version: string, marker: string | undefined): Promise<string> {
    const body = new URLSearchParams({
      Action: action,
      Version: version,
      PageSize: '400',
      ...(marker === undefined ? {} : { Marker: marker }),
    }).toString();
    const headers = { host: hostname, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const request = { method: 'POST', protocol: 'https:', hostname, path: '/', query: {}, headers, body };
    const signed = await signer.sign(request);
    try {
      const answer = await send(`https://${hostname}/`, {
        method: 'POST',
        headers: signed.headers,
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await answer.text();
      if (answer.status === 200) return text;
      throw Object.assign(new Error(errorOf(text).message), {
        name: errorOf(text).name,
        $metadata: { httpStatusCode: answer.status },
      });
    } catch (error) {
      // a line that breaks carries its code in the cause
      const cause = error instanceof TypeError ? error.cause : error;
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      throw fleetError(
        timedOut ? Object.assign(new Error(error.message), { name: 'TimeoutError' }) : cause,
        action,
        'load balancers',
      );
    }
  }

  async function all(action: Action, version: string, list: string): Promise<AnswerMember[]> {
    const members: AnswerMember[] = [];
    let marker: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const answer = readAnswer(await ask(action, version, marker), list, 'load balancers');
      members.push(...answer.members);
      marker = answer.next;
      if (marker === undefined) break;
    }
    return members;
  }

  async function list(withClassic: boolean): Promise<ReadonlyMap<string, readonly LoadBalancer[]>> {
    const byArn = new Map(
      (await all('DescribeLoadBalancers', application, 'LoadBalancers')).map(({ texts }) => [
        texts.LoadBalancerArn ?? '',
        balancerOf(texts),
      ]),
    );
    const found = new Map<string, readonly LoadBalancer[]>();
    for (const { texts, lists } of await all('DescribeTargetGroups', application, 'TargetGroups'))
      found.set(
        texts.TargetGroupArn ?? '',
        (lists.LoadBalancerArns ?? []).flatMap((arn) => byArn.get(arn) ?? []),
      );
    if (withClassic)
      for (const { texts } of await all('DescribeLoadBalancers', classic, 'LoadBalancerDescriptions'))
        found.set(texts.LoadBalancerName ?? '', [balancerOf(texts)]);
    return found;
  }

  let kept: { readonly at: number; readonly classic: boolean; readonly found: ReturnType<typeof list> } | undefined;
  const fresh = (withClassic: boolean): ReturnType<typeof list> => {
    const mine = { at: now(), classic: withClassic, found: list(withClassic) };
    kept = mine;
    // what failed is asked again by the next
    mine.found.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine.found;
  };

  return {
    async inFront(targets) {
      const withClassic = targets.some((target) => !target.startsWith('arn:'));
      try {
        const usable =
          kept !== undefined && now() - kept.at < goodForMs && (kept.classic || !withClassic) ? kept : undefined;
        const known = await (usable?.found ?? fresh(withClassic));
        if (usable === undefined || targets.every((target) => known.has(target)) || now() - usable.at < youngMs)
          return known;
        return await fresh(withClassic);
      } catch (error) {
        if (error instanceof Refused) return undefined;
        throw error;
      }
    },
  };
}

type Action = 'DescribeLoadBalancers' | 'DescribeTargetGroups';

const balancerOf = ({ LoadBalancerName: name = '', Scheme }: Readonly<Record<string, string>>): LoadBalancer => ({
  name,
  internetFacing: Scheme === 'internet-facing',
});
