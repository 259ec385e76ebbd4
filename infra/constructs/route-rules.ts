import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Route } from '#shared/events';
import { busName } from './bus.ts';

/** Where the rules lead. */
export interface RouteRulesProps {
  readonly routes: readonly Route[];
  /** the queue that a route feeds */
  readonly queueOf: (route: Route) => Queue;
  /** takes what EventBridge could not deliver */
  readonly undelivered: Queue;
}

/**
 * A rule for each route, pattern and schedule as they are written there (design decision 2). Built from the plain resource, so that the pattern
 * in the template is the one that local mode and the tests use, letter for letter. Each queue lets in its own rules and nobody else.
 */
export class RouteRules extends Construct {
  constructor(scope: Construct, id: string, props: RouteRulesProps) {
    super(scope, id);
    const senders = new Map<Queue, string[]>();
    for (const route of props.routes) {
      const queue = props.queueOf(route);
      const rule = new CfnRule(this, idOf(route.name), {
        description: `Drydock ${route.name}`,
        ...(route.bus === 'drydock' ? { eventBusName: busName } : {}),
        ...('pattern' in route ? { eventPattern: route.pattern } : { scheduleExpression: route.schedule }),
        targets: [
          {
            id: 'queue',
            arn: queue.queueArn,
            deadLetterConfig: { arn: props.undelivered.queueArn },
            retryPolicy: { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 },
          },
        ],
      });
      for (const receiver of [queue, props.undelivered])
        senders.set(receiver, [...(senders.get(receiver) ?? []), rule.attrArn]);
    }
    for (const [queue, rules] of senders)
      queue.addToResourcePolicy(
        new PolicyStatement({
          sid: 'RulesOfDrydock',
          effect: Effect.ALLOW,
          principals: [new ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': rules } },
        }),
      );
  }
}

/** `image-pushed` as a construct's id: `ImagePushed`. */
export const idOf = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
