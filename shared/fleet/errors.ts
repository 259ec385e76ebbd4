/** Base of what an orchestrator throws: a code to branch on, the thing it was about, and what to do. */
export class FleetError extends Error {
  readonly code: string;
  readonly about: string;
  readonly advice: string;

  constructor(code: string, about: string, text: string, advice: string, options?: { readonly cause?: unknown }) {
    super(`${about}: ${text}; ${advice}`, options);
    this.name = new.target.name;
    this.code = code;
    this.about = about;
    this.advice = advice;
  }
}

/** The orchestrator is busy or ill (a throttle, 5xx, a broken connection): the same call may succeed later. */
export class Retryable extends FleetError {
  constructor(about: string, text: string, options?: { readonly cause?: unknown }) {
    super('retryable', about, text, 'try again later', options);
  }
}

/** The workload, or the cluster that it was in, is not there any more. */
export class WorkloadGone extends FleetError {
  constructor(about: string, text: string, options?: { readonly cause?: unknown }) {
    super('workload-gone', about, text, 'it needs no change any more; read the fleet again', options);
  }
}

/** The orchestrator understood and said no: `action` is what was refused, `principal` who asked, `resource` on what, as far as it says. */
export class Refused extends FleetError {
  readonly action: string;
  readonly principal: string | undefined;
  readonly resource: string | undefined;

  constructor(
    about: string,
    refusal: {
      readonly action: string;
      readonly principal?: string | undefined;
      readonly resource?: string | undefined;
      readonly text: string;
      readonly advice: string;
    },
    options?: { readonly cause?: unknown },
  ) {
    super('refused', about, refusal.text, refusal.advice, options);
    this.action = refusal.action;
    this.principal = refusal.principal;
    this.resource = refusal.resource;
  }
}
