import { describe, expect, it } from 'vitest';
import { answerOf, failureOf, requestOf, type UrlEvent } from '../../../functions/api/function-url.ts';

const event = (over: Partial<UrlEvent> = {}): UrlEvent => ({
  rawPath: '/plans',
  requestContext: {
    http: { method: 'GET' },
    authorizer: { iam: { userArn: 'arn:aws:sts::123456789012:assumed-role/Admin/somebody' } },
  },
  ...over,
});

describe('the api behind a function URL', () => {
  it('reads path, query and the signed caller', () => {
    expect(requestOf(event({ rawPath: '/api/plans/plan-1/approve', rawQueryString: 'dryRun=true&x=%2F' }))).toEqual({
      method: 'GET',
      path: '/plans/plan-1/approve',
      query: { dryRun: 'true', x: '/' },
      principal: 'arn:aws:sts::123456789012:assumed-role/Admin/somebody',
    });
    expect(requestOf(event({ rawPath: '/apiary' })).path).toBe('/apiary');
  });

  it('has no principal where none was signed', () => {
    for (const authorizer of [undefined, null, {}, { iam: null }, { iam: { userArn: null } }])
      expect(
        requestOf(
          event({ requestContext: { http: { method: 'POST' }, ...(authorizer === undefined ? {} : { authorizer }) } }),
        ),
      ).not.toHaveProperty('principal');
  });

  it('reads bodies as JSON only when they say so, encoded or not', () => {
    const body = Buffer.from('alert: {}').toString('base64');
    expect(requestOf(event({ body, isBase64Encoded: true })).body).toBe('alert: {}');
    expect(
      requestOf(event({ body: '{"text":"x"}', headers: { 'Content-Type': 'application/json; charset=utf-8' } })).body,
    ).toEqual({ text: 'x' });
    expect(() => requestOf(event({ body: '{', headers: { 'content-type': 'application/json' } }))).toThrow(SyntaxError);
  });

  it('says so when an answer is larger than Lambda can give', () => {
    expect(answerOf({ status: 200, body: { a: 1 } })).toMatchObject({ statusCode: 200, body: '{"a":1}' });
    const large = answerOf({ status: 200, body: 'é'.repeat(3_000_000) });
    expect(large.statusCode).toBe(413);
    expect(JSON.parse(large.body).error).toMatch(/ask for one/);
  });

  it('tells what a person can act on, and nothing of what is inside', () => {
    expect(failureOf(new SyntaxError('Unexpected token s3cret'))).toEqual({
      status: 400,
      body: { error: 'the body is not JSON' },
    });
    expect(failureOf(Object.assign(new Error('table x'), { code: 'unavailable' })).status).toBe(503);
    expect(failureOf(Object.assign(new Error('approve it'), { code: 'observe-only', advice: 'tag it' }))).toEqual({
      status: 409,
      body: { error: 'approve it', code: 'observe-only' },
    });
    expect(JSON.stringify(failureOf(new Error('password hunter2')))).not.toContain('hunter2');
  });
});
