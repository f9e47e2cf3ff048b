import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer, RunningApi } from './api-fixture.js';
import { AJV_OPTIONS, rooted } from './openapi-check.js';

type Document = Record<string, any>;

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Undefined: it takes no body. */
  readonly bodySchema: Document | undefined;
  /** All that it may answer, as the document says. */
  readonly statuses: readonly number[];
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
}

export interface Call {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * A client made from the OpenAPI document alone: it knows the operations, the parameters and the bodies that are there, and
 * holds every answer against it.
 */
export class DocumentedClient {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv2020(AJV_OPTIONS);

  constructor(private readonly api: RunningApi) {
    const { document } = api.openApi;
    this.ajv.addSchema({ $id: 'api', ...document });
    this.operations = Object.entries<Document>(document['paths']).flatMap(([path, methods]) =>
      Object.entries<Document>(methods).map(([method, said]) => ({
        ...{ id: said['operationId'] as string, method: method.toUpperCase(), path },
        parameters: (said['parameters'] ?? []) as Parameter[],
        bodySchema: said['requestBody']?.content['application/json']?.schema as
          Document | undefined,
        statuses: Object.keys(said['responses'] as Document).map(Number),
      })),
    );
  }

  /** Throws where the document does not hold for what is asked: a name that it lacks, a body of another shape. */
  checkCall(operation: Operation, call: Call): void {
    const named = (place: Parameter['in']) =>
      operation.parameters.filter((each) => each.in === place);
    const given = { path: call.path, query: call.query, header: call.headers };
    for (const place of ['path', 'query', 'header'] as const) {
      const names = named(place).map(({ name }) => name.toLowerCase());
      const asked = Object.keys(given[place] ?? {}).map((name) => name.toLowerCase());
      const strange = asked.filter((name) => !names.includes(name) && name !== 'authorization');
      const missing = named(place).filter(
        ({ name, required }) => required === true && !asked.includes(name.toLowerCase()),
      );
      if (strange.length + missing.length > 0) {
        throw new Error(
          `${operation.id}: in the ${place} the document lacks ${strange.join()}, the call ${missing.map(({ name }) => name).join()}`,
        );
      }
    }
    this.checkBody(operation, call.body);
  }

  /** The answer, which the document allows. */
  async send({ method, path }: Operation, call: Call): Promise<Answer> {
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      return encodeURIComponent(call.path?.[name] ?? 'x');
    });
    const query = new URLSearchParams(call.query ?? {}).toString();
    const url = query === '' ? target : `${target}?${query}`;
    return this.api.send(method, url, call.body, { ...call.headers });
  }

  private checkBody({ id, bodySchema }: Operation, body: unknown): void {
    if (bodySchema === undefined) {
      if (body !== undefined) throw new Error(`${id}: the document knows no body`);
      return;
    }
    const validate = this.ajv.compile(rooted(bodySchema));
    if (body !== undefined && !validate(body)) {
      throw new Error(`${id}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`);
    }
  }
}
