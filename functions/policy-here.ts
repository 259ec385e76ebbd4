import type { Surroundings } from './bindings.ts';
import { type PolicyPorts, policyPorts } from './policy-ports.ts';

/** Binds the user's policy; apart from the rest, because reading it brings a YAML reader along that most functions do not need. */
export const policyHere = (here: Surroundings): PolicyPorts =>
  policyPorts(here.table, here.registryOf(here.account, here.region));
