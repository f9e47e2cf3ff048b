import { STATUS_CODES } from 'node:http';
import type { Problem } from '../domain/kernel/decider.js';

/** RFC 9457 with our four members, and all problems of the request in `problems`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly field: string;
  readonly rule: string;
  readonly value: string;
  readonly problems: readonly Problem[];
}

interface ProblemAnswer {
  readonly status: number;
  readonly problems: readonly [Problem, ...Problem[]];
  readonly retryAfterMs?: number;
}

/** Ends a request with a problem document. Thrown at the edge only, where HTTP begins. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  private readonly problems: readonly [Problem, ...Problem[]];

  constructor(answer: ProblemAnswer) {
    super(answer.problems[0].rule);
    this.status = answer.status;
    this.problems = answer.problems;
    this.retryAfterMs = answer.retryAfterMs;
  }

  /** The same answer, with what is said of each problem made clearer. */
  with(clearer: (problem: Problem) => Problem): RequestProblem {
    const [first, ...others] = this.problems;
    return new RequestProblem({
      status: this.status,
      problems: [clearer(first), ...others.map(clearer)],
      ...(this.retryAfterMs !== undefined && { retryAfterMs: this.retryAfterMs }),
    });
  }

  document(): ProblemDocument {
    const [first] = this.problems;
    return {
      type: `urn:stopledger:problem:${first.code.toLowerCase().replaceAll('_', '-')}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.problems.map(sentence).join('; '),
      ...first,
      problems: this.problems,
    };
  }
}

function sentence({ field, rule, value }: Problem): string {
  const subject = field === '' ? '' : `${field} `;
  return `${subject}${rule}${value === '' ? '' : `, was ${value}`}`;
}

export function notFound(noun: string, field: string, value: string): RequestProblem {
  return new RequestProblem({
    status: 404,
    problems: [
      {
        code: `${noun.toUpperCase()}_NOT_FOUND`,
        field,
        rule: `names no ${noun} known here`,
        value,
      },
    ],
  });
}

/** It is there, but was not at the moment that is asked for. */
export function notYet(noun: string, value: string): RequestProblem {
  const rule = `lies before the first event of this ${noun}`;
  const code = `${noun.toUpperCase()}_NOT_FOUND`;
  return new RequestProblem({ status: 404, problems: [{ code, field: 'at', rule, value }] });
}

export function unavailable(code: string, rule: string, retryAfterMs: number): RequestProblem {
  return new RequestProblem({
    status: 503,
    problems: [{ code, field: '', rule, value: '' }],
    retryAfterMs,
  });
}

/** What reading the log rejects with while it is away is no fault of ours. */
export function logAway(): never {
  throw unavailable('LOG_UNAVAILABLE', 'the log cannot be reached now', 1_000);
}

export function badField(problem: Problem): RequestProblem {
  return new RequestProblem({ status: 422, problems: [problem] });
}

export function revisionRequired(field: string): RequestProblem {
  return new RequestProblem({
    status: 428,
    problems: [
      {
        code: 'IF_MATCH_REQUIRED',
        field,
        rule:
          field === 'If-Match'
            ? 'must carry the `ETag` of the stop that is amended'
            : 'must be the revision of the stop that is amended',
        value: '',
      },
    ],
  });
}
