import { GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { SharedExecution } from './shared-execution.js';

interface Message {
  readonly said: { readonly number: number };
}

/** How often the field of a message was resolved. */
let resolved = 0;

/** Each listener pulls the messages of `source` by itself, as from the stream of decisions. */
function schemaOver(source: readonly Message[]): GraphQLSchema {
  const said = new GraphQLObjectType({
    name: 'Said',
    fields: {
      number: {
        type: GraphQLInt,
        resolve: ({ number }: Message['said']) => {
          resolved += 1;
          if (number < 0) throw new Error('is below zero');
          return number;
        },
      },
    },
  });
  return new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { none: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { said: { type: said, subscribe: () => messagesOf(source) } },
    }),
  });
}

async function* messagesOf(source: readonly Message[]) {
  yield* await Promise.resolve(source);
}

/** What a listener is told until the source ends. */
async function heard(
  shared: SharedExecution,
  schema: GraphQLSchema,
  question: string,
): Promise<readonly unknown[]> {
  const texts: string[] = [];
  const listener = {
    question,
    tell: (text: string) => Promise.resolve(void texts.push(text)),
  };
  const document = parse('subscription{said{number}}');
  const told = await shared.subscribe({ schema, document }, listener);
  if (!(Symbol.asyncIterator in told)) throw new Error(JSON.stringify(told));
  for await (const result of told) throw new Error(`yields ${JSON.stringify(result)}`);
  return texts.map((text) => JSON.parse(text) as unknown);
}

const numbered = (number: number): Message => ({ said: { number } });
const dataOf = (number: number) => ({ data: { said: { number } } });

describe('a message to many listeners', () => {
  beforeEach(() => (resolved = 0));

  it('is executed once for all who ask the same', async () => {
    const shared = new SharedExecution();
    const schema = schemaOver([numbered(1), numbered(2)]);
    const all = await Promise.all(
      Array.from({ length: 20 }, () => heard(shared, schema, 'the same')),
    );
    for (const one of all) expect(one).toStrictEqual([dataOf(1), dataOf(2)]);
    expect(resolved).toBe(2);
  });

  it('is executed apart for whoever asks otherwise, or by another right', async () => {
    const shared = new SharedExecution();
    const schema = schemaOver([numbered(1)]);
    const questions = ['demo may read', 'other may read', 'demo may read'];
    const all = await Promise.all(questions.map((each) => heard(shared, schema, each)));
    expect(all).toStrictEqual([[dataOf(1)], [dataOf(1)], [dataOf(1)]]);
    expect(resolved).toBe(2);
  });

  it('tells an error of one field beside the data', async () => {
    const [only] = await heard(new SharedExecution(), schemaOver([numbered(-1)]), 'x');
    expect(only).toMatchObject({
      data: { said: { number: null } },
      errors: [{ message: 'is below zero', path: ['said', 'number'] }],
    });
  });

  it('is told to each as fast as they take it', async () => {
    const shared = new SharedExecution();
    const schema = schemaOver([numbered(1), numbered(2), numbered(3)]);
    let taken = 0;
    const never = new Promise<void>(() => undefined);
    const document = parse('subscription{said{number}}');
    const slow = await shared.subscribe(
      { schema, document },
      { question: 'x', tell: () => ((taken += 1), never) },
    );
    if (!(Symbol.asyncIterator in slow)) throw new Error('is no stream');
    void slow.next();
    expect(await heard(shared, schema, 'x')).toHaveLength(3);
    expect(taken).toBe(1);
  });
});
