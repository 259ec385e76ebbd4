import type { Surroundings } from './bindings.ts';
import { type PolicyPorts, policyPorts } from './policy-ports.ts';

/** Binds the user's policy. */
export const policyHere = (here: Surroundings): PolicyPorts =>
  policyPorts(here.table, here.registryOf(here.account, here.region));
