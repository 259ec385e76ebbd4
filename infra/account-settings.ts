import type { Template } from './allowed-actions.ts';

/** Resources that a stack makes for itself, and takes away again without a trace in anything that was there before. */
const ownTypes: ReadonlySet<string> = new Set([
  'AWS::CloudWatch::Alarm',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Url',
  'AWS::Lambda::Version',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  // where the CDK's command line keeps its own version; it makes nothing
  'AWS::CDK::Metadata',
]);

/** What each kind of resource changes that is not Drydock's own, in words for people. */
const meanings: Readonly<Record<string, string>> = {
  'AWS::ECR::PullTimeUpdateExclusion':
    "one setting of this region's ECR registry, an entry in its list of pull-time exclusions: that Drydock's scan role reads an image counts as no pull, so that reading keeps no image from expiring (made by the deployment, removed by npm run destroy)",
};

/**
 * What deploying a template changes in what was there before: settings of the account. A kind of resource that nobody has described counts too, by its name, so that
 * nothing new is changed unannounced. Pure.
 */
export const accountSettings = (template: Template): string[] =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => !ownTypes.has(Type))
    .map(([id, { Type }]) => meanings[Type] ?? `${id}, a resource of the kind ${Type}`)
    .sort();
