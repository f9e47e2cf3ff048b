import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';

type Document = Record<string, any>;

/** Formats are notes for readers: what they promise other tests hold. */
export const AJV_OPTIONS = { strict: false, allErrors: true, validateFormats: false } as const;

export interface CheckedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

interface Route {
  readonly template: string;
  readonly pattern: RegExp;
}

/** Compares answers with what the OpenAPI document says of their route. */
export class OpenApiCheck {
  /** `GET /api/v1/stops 200`: what was answered and found right. */
  readonly seen = new Set<string>();
  private readonly ajv = new Ajv2020(AJV_OPTIONS);
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly routes: readonly Route[];

  constructor(readonly document: Document) {
    this.ajv.addSchema({ $id: 'api', ...document });
    this.routes = Object.keys(document['paths'] as Document).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /** Throws when the document does not hold for the answer. Paths and methods that it does not name are 404. */
  check(method: string, url: string, answer: CheckedAnswer): void {
    const [path = '', query = ''] = url.split('?');
    const fits = this.routes.filter(({ pattern }) => pattern.test(path));
    // A path that is written out goes before one with a parameter.
    const { template } =
      fits.find((route) => !route.template.includes('{')) ?? fits[0] ?? ({} as Partial<Route>);
    const operation = template && this.document['paths'][template][method.toLowerCase()];
    if (!operation) return;
    const at = `${method} ${template} ${String(answer.status)}`;
    const responses = operation.responses as Document;
    const said = resolved(this.document, responses[String(answer.status)]);
    if (!said) throw new Error(`OpenAPI: ${at} (${url}): the document does not say this status`);
    const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
    if (!said.content && type === '') return void this.seen.add(at);
    const media = said.content?.[type];
    if (!media) throw new Error(`OpenAPI: ${at}: the document does not say ${type}`);
    if (/json$/.test(type)) this.checkBody(at, media.schema, { answer, query });
    this.seen.add(at);
  }

  private checkBody(
    at: string,
    schema: Document,
    { answer, query }: { answer: CheckedAnswer; query: string },
  ): void {
    // What `fields` leaves out cannot be asked for again.
    if (new URLSearchParams(query).has('fields') && answer.status === 200) return;
    const validate = this.validators.get(at) ?? this.ajv.compile(rooted(schema));
    this.validators.set(at, validate);
    if (validate(answer.body)) return;
    const errors = this.ajv.errorsText(validate.errors?.slice(0, 5));
    throw new Error(`OpenAPI: ${at}: ${errors} in ${JSON.stringify(answer.body).slice(0, 1_500)}`);
  }
}

/** The schema with references that lead into the whole document. */
export function rooted(schema: Document): Document {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/'),
  ) as Document;
}

function resolved(document: Document, node: Document | undefined): Document | undefined {
  const path = /^#\/(.*)$/.exec(String(node?.['$ref']))?.[1];
  if (path === undefined) return node;
  return path.split('/').reduce<any>((at, key) => at[key], document);
}
