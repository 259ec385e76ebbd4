import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { buildApp, type DrydockApp } from '../../infra/build-app.ts';

const cdkJson = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../cdk.json'), 'utf8')) as {
  readonly context: Record<string, unknown>;
};

/**
 * The stacks as cdk.json would make them, without running esbuild. `validate` has CloudFormation's own rules look at the templates too, which takes four times
 * as long; the rule packs always do.
 */
export function synthesize(
  drydock: Record<string, unknown> = {},
  validate = false,
): DrydockApp & { observed: Template; repaired?: Template } {
  const built = buildApp({
    analyticsReporting: false,
    stackTraces: false,
    context: {
      ...cdkJson.context,
      'aws:cdk:bundling-stacks': [],
      '@aws-cdk/core:validateAgainstDefaultRules': validate,
      drydock,
    },
  });
  return {
    ...built,
    observed: Template.fromStack(built.observe),
    ...(built.repair === undefined ? {} : { repaired: Template.fromStack(built.repair) }),
  };
}
