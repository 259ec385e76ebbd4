import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** One alarm: what is wrong when it rings, and what to do then. */
export interface AlarmProps {
  readonly metric: IMetric;
  /** rings from this value on; with `silence`, below it */
  readonly from: number;
  /** the text of the alarm: what happened and what to do */
  readonly says: string;
  readonly periods?: number;
  /** no data is the alarm: something that ought to run does not */
  readonly silence?: boolean;
  readonly topic: ITopic;
}

/** Adds an alarm that tells the alerts topic. */
export function alarm(scope: Construct, id: string, props: AlarmProps): Alarm {
  const made = new Alarm(scope, id, {
    metric: props.metric,
    threshold: props.from,
    evaluationPeriods: props.periods ?? 1,
    comparisonOperator:
      props.silence === true
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: props.silence === true ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    alarmDescription: props.says,
  });
  made.addAlarmAction(new SnsAction(props.topic));
  return made;
}

/** How long alarms look at a time. */
export const alarmPeriod = Duration.minutes(5);
