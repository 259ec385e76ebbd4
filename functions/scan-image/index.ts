import { setFlagsFromString } from 'node:v8';
import * as z from 'zod';
import { type CredentialsPort, ecrCredentials, firstCredentials, openRegistry } from '#shared/oci';
import { collecting } from '../../bin/collecting.mjs';
import { askEcr } from '../../shared/oci/adapters/ecr-token.ts';
import { environment, surroundings } from '../bindings.ts';
import { queueLambda, report } from '../lambda.ts';
import { policyHere } from '../policy-here.ts';
import { secretTexts } from '../secret-texts.ts';
import { sqsLater } from '../sqs-later.ts';
import { makeScanImage } from './handler.ts';

const registries = z.array(z.object({ host: z.string(), secret: z.string() }));
const login = z.object({ username: z.string().min(1), password: z.string().min(1) });

setFlagsFromString(collecting);

const here = surroundings();
const policy = policyHere(here);
const { DRYDOCK_REGISTRIES } = environment(z.object({ DRYDOCK_REGISTRIES: z.string().default('[]') }));
const credentials = firstCredentials(
  ecrCredentials(askEcr),
  secretCredentials(registries.parse(JSON.parse(DRYDOCK_REGISTRIES))),
);

/** Lambda's entry. */
export const handler = queueLambda(
  makeScanImage({
    ...here,
    open: async (reference) => openRegistry(reference, { credentials }),
    trustsSbom: policy.trustsSbom,
    trustsVex: policy.trustsVex,
    report,
  }),
  { later: sqsLater(), before: async () => undefined },
);

/** Logins of other registries, from secrets that hold {"username", "password"}. */
function secretCredentials(known: z.output<typeof registries>): CredentialsPort {
  const texts = secretTexts(here);
  return async (registry) => {
    const secret = known.find((each) => each.host === registry)?.secret;
    return secret === undefined ? undefined : login.parse(JSON.parse(await texts(secret)));
  };
}
