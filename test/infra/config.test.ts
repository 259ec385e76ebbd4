import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../infra/config.ts';

const from = (context: Record<string, unknown>) => readConfig((name) => context[name]);
const problemsOf = (context: Record<string, unknown>): readonly string[] => {
  try {
    from(context);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('the configuration of a deployment', () => {
  it('is observing, of everything, when nothing is said', () => {
    expect(from({})).toMatchObject({ repair: false, passRoles: [], repositories: ['*'], logDays: 30, emails: [] });
  });

  it('takes single members from the command line over the object of cdk.json', () => {
    const config = from({
      drydock: { logDays: 90, repositories: ['team/*'] },
      'drydock:repair': 'true',
      'drydock:passRoles': 'checkout-*, pay-*',
      'drydock:logDays': '14',
    });
    expect(config).toMatchObject({
      repair: true,
      passRoles: ['checkout-*', 'pay-*'],
      logDays: 14,
      repositories: ['team/*'],
    });
  });

  it.each([
    [{ drydock: { repiar: true } }, /repiar.*known are repair/],
    [{ drydock: [] }, /must be an object/],
    [{ drydock: { logDays: 31 } }, /logDays.*must be one of 1, 3/],
    [{ drydock: { repair: true } }, /passRoles.*repair needs the roles/],
    [{ drydock: { passRoles: ['x'] } }, /means nothing without/],
    [{ drydock: { repair: true, passRoles: ['*'] } }, /passRoles.0.*at least a part/],
    [{ drydock: { repair: true, passRoles: ['arn:aws:iam::123456789012:role/*'] } }, /at least a part/],
    [{ drydock: { emails: ['nobody'] } }, /emails.0/],
    [{ drydock: { slackChannel: 'C1' } }, /a Slack bot needs both/],
    [{ drydock: { webhookSecret: 'https://hooks.example' } }, /ARN of a Secrets Manager secret/],
    [{ drydock: { repositories: ['Team/App'] } }, /repositories.0/],
    [{ drydock: { advisories: 'http://mirror.example' } }, /advisories/],
  ])('says what is wrong with %j', (context, message) => {
    expect(problemsOf(context).join('\n')).toMatch(message);
  });

  it('says all that is wrong at once', () => {
    expect(problemsOf({ drydock: { logDays: 31, emails: ['x'], repair: 'maybe' } })).toHaveLength(3);
  });
});
