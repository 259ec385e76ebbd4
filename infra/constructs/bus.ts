import { Stack, Validations } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic, TopicPolicy } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

/** The bus by whose name the routes speak; rules of other stacks may listen to it too. */
export const busName = 'drydock';

/** The bus of our own events, and the topic that alerts and alarms are told to. */
export class Bus extends Construct {
  readonly bus: EventBus;
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: { readonly emails: readonly string[] }) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: busName, description: "Drydock's own events" });
    this.topic = new Topic(this, 'Alerts', { displayName: 'Drydock' });
    const policy = new TopicPolicy(this, 'AlertsPolicy', { topics: [this.topic], enforceSSL: true });
    // a topic policy replaces the default one, which let alarms of the account in
    policy.document.addStatements(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    for (const address of props.emails) this.topic.addSubscription(new EmailSubscription(address));
    Validations.of(this.topic).acknowledge({
      id: 'Serverless-SNSRedrivePolicy',
      reason:
        'A mail that cannot be delivered is no work to be done again: the alert itself is a record, shown on the page.',
    });
  }
}
