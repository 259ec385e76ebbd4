import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { cveListHttp, documentHttp, feedSource, httpSource, openFeeds } from '#shared/advisories';
import { environment, surroundings } from '../bindings.ts';
import { queueLambda, report, reportStale } from '../lambda.ts';
import { policyHere } from '../policy-here.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeRefreshAdvisories } from './handler.ts';

const here = surroundings();
const policy = policyHere(here);
const env = environment(
  z.object({
    DRYDOCK_ADVISORIES: z.url(),
    DRYDOCK_KEV: z.url().optional(),
    DRYDOCK_EPSS: z.url().optional(),
    DRYDOCK_CVE_LIST: z.url().optional(),
    DRYDOCK_END_OF_LIFE: z.url().optional(),
    DRYDOCK_FEEDS: z.union([z.literal(['home', 'none']), z.url()]).default('home'),
  }),
);

const cacheFolder = path.join(tmpdir(), 'advisories');

/** Lambda's entry. */
export const handler = queueLambda(
  makeRefreshAdvisories({
    request: {
      table: here.table,
      blobs: here.blobs,
      now: here.now,
      source: feedSource(
        httpSource(env.DRYDOCK_ADVISORIES, { cacheFolder }),
        openFeeds(env.DRYDOCK_FEEDS, { cacheFolder }),
      ),
      ...(env.DRYDOCK_KEV === undefined ? {} : { kev: documentHttp(env.DRYDOCK_KEV) }),
      ...(env.DRYDOCK_EPSS === undefined ? {} : { epss: documentHttp(env.DRYDOCK_EPSS) }),
      ...(env.DRYDOCK_END_OF_LIFE === undefined ? {} : { endOfLife: documentHttp(env.DRYDOCK_END_OF_LIFE) }),
      ...(env.DRYDOCK_CVE_LIST === undefined ? {} : { cves: cveListHttp(env.DRYDOCK_CVE_LIST, { cacheFolder }) }),
    },
    emit: here.emit,
    report,
    stale: reportStale,
    likelyFrom: policy.likelyFrom,
  }),
  { later: sqsLater(), before: policy.refresh },
);
