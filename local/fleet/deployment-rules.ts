import * as z from 'zod';
import { FleetError } from './errors.ts';
import type { DeploymentRules } from './rows.ts';

const breaker = z.object({
  enable: z.boolean(),
  rollback: z.boolean(),
  resetOnHealthyTask: z.boolean().default(true),
  thresholdConfiguration: z
    .object({
      type: z.enum(['BOUNDED_PERCENT', 'UNBOUNDED_PERCENT', 'COUNT']),
      value: z.number().int().min(1).max(10_000),
    })
    .default({ type: 'BOUNDED_PERCENT', value: 50 }),
});

/** The part of DeploymentConfiguration that this fleet carries out: rolling updates and the circuit breaker. */
export const rulesInput = z.object({
  maximumPercent: z.number().int().min(0).max(10_000).optional(),
  minimumHealthyPercent: z.number().int().min(0).max(10_000).optional(),
  deploymentCircuitBreaker: breaker.optional(),
  strategy: z.string().optional(),
});

/** What a service has when its creator says nothing (API reference, DeploymentConfiguration, REPLICA). */
export const DEFAULT_RULES: DeploymentRules = {
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  breaker: {
    enable: false,
    rollback: false,
    resetOnHealthyTask: true,
    threshold: { type: 'BOUNDED_PERCENT', value: 50 },
  },
};

/** Lays what a request says over what was there. Throws on percents that would block every deployment. */
export function mergeRules(old: DeploymentRules, said: z.infer<typeof rulesInput> | undefined): DeploymentRules {
  if (said?.strategy !== undefined && said.strategy !== 'ROLLING') {
    throw new FleetError('UnsupportedFeatureException', `The embedded fleet only knows ROLLING, not ${said.strategy}.`);
  }
  const given = said?.deploymentCircuitBreaker;
  const rules: DeploymentRules = {
    maximumPercent: said?.maximumPercent ?? old.maximumPercent,
    minimumHealthyPercent: said?.minimumHealthyPercent ?? old.minimumHealthyPercent,
    breaker:
      given === undefined
        ? old.breaker
        : {
            enable: given.enable,
            rollback: given.rollback,
            resetOnHealthyTask: given.resetOnHealthyTask,
            threshold: given.thresholdConfiguration,
          },
  };
  if (rules.maximumPercent < 100) {
    throw new FleetError('InvalidParameterException', 'maximumPercent must be 100 or more.');
  }
  if (rules.minimumHealthyPercent > rules.maximumPercent) {
    throw new FleetError('InvalidParameterException', 'minimumHealthyPercent must be less than maximumPercent.');
  }
  if (rules.maximumPercent === 100 && rules.minimumHealthyPercent === 100) {
    throw new FleetError(
      'InvalidParameterException',
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  }
  return rules;
}

export function describeRules(rules: DeploymentRules): Record<string, unknown> {
  return {
    deploymentCircuitBreaker: {
      enable: rules.breaker.enable,
      rollback: rules.breaker.rollback,
      resetOnHealthyTask: rules.breaker.resetOnHealthyTask,
      thresholdConfiguration: rules.breaker.threshold,
    },
    maximumPercent: rules.maximumPercent,
    minimumHealthyPercent: rules.minimumHealthyPercent,
    strategy: 'ROLLING',
    bakeTimeInMinutes: 0,
  };
}
