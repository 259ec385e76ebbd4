import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import { documentHttp, httpSource } from '#shared/advisories';
import { environment, sqsLater, surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { makeRefreshAdvisories } from './handler.ts';

const here = surroundings();
const env = environment(
  z.object({ DRYDOCK_ADVISORIES: z.url(), DRYDOCK_KEV: z.url().optional(), DRYDOCK_EPSS: z.url().optional() }),
);

/** Lambda's entry. */
export const handler = queueLambda(
  makeRefreshAdvisories({
    request: {
      table: here.table,
      blobs: here.blobs,
      now: here.now,
      source: httpSource(env.DRYDOCK_ADVISORIES, { cacheFolder: path.join(tmpdir(), 'advisories') }),
      ...(env.DRYDOCK_KEV === undefined ? {} : { kev: documentHttp(env.DRYDOCK_KEV) }),
      ...(env.DRYDOCK_EPSS === undefined ? {} : { epss: documentHttp(env.DRYDOCK_EPSS) }),
    },
    emit: here.emit,
    report,
  }),
  { later: sqsLater(), before: async () => undefined },
);
