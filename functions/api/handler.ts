import { fleetCoverage } from './fleet-coverage.ts';
import { failureOf } from './function-url.ts';
import type { ApiAnswer, ApiPorts, ApiRequest } from './ports.ts';
import { BadRequest } from './request-checks.ts';
import { routes, type Served } from './routes.ts';

export type { ApiAnswer, ApiPorts, ApiRequest, RemedyDesk } from './ports.ts';

/** Answers requests; reading needs no more than reaching it, acting needs a principal. Errors name what to do. */
export function makeApi(ports: ApiPorts): (request: ApiRequest) => Promise<ApiAnswer> {
  const served: Served = { ...ports, fleet: fleetCoverage(ports) };
  return async (request) => {
    // a HEAD is a GET whose body the transport leaves out
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const here = routes
      .map((route) => ({ route, match: route[1].exec(request.path) }))
      .filter(({ match }) => match !== null);
    const found = here.find(({ route }) => route[0] === method);
    if (found === undefined)
      return here.length > 0
        ? problem(405, `${shown(request.method)} is not possible here`)
        : problem(404, `there is no ${shown(request.path)}; see docs/api.md for the paths`);
    const [, , acts, answer] = found.route;
    if (acts && request.principal === undefined)
      return problem(
        401,
        'this changes something and needs a token: send it as "Authorization: Bearer <token>", it is in endpoints.json',
      );
    try {
      const body = await answer(served, found.match as RegExpExecArray, request);
      return body === undefined ? problem(404, `there is no ${shown(request.path)}`) : { status: 200, body };
    } catch (error) {
      if (error instanceof BadRequest) return problem(400, error.message);
      // what a person can act on is an answer; anything else is the transport's to log
      const answered = failureOf(error);
      if (answered.status === 500) throw error;
      return answered;
    }
  };
}

const problem = (status: number, text: string): ApiAnswer => ({ status, body: { error: text } });

const shown = (text: string): string => text.slice(0, 200).toWellFormed();
