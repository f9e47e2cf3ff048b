import { ArgsType, Field, Int } from '@nestjs/graphql';
import type { PastNoun } from '../past.js';
import { badField } from '../problem.js';
import { LEVELS_DEFAULT } from '../rest/request-queries.parse.js';

const AS_IT_WAS = 'As it was after a log position, or at a time of ISO 8601 in UTC.';

/** Arguments as GraphQL hands them over; what they may hold is judged by the same parsers as in REST. */
@ArgsType()
export class WaitArgs {
  @Field(() => String, { nullable: true, description: 'Answer once this log position is read.' })
  readonly waitFor?: string | null;
}

@ArgsType()
export class OneArgs extends WaitArgs {
  @Field(() => String, { nullable: true, description: AS_IT_WAS })
  readonly at?: string | null;
}

@ArgsType()
export class ListArgs extends WaitArgs {
  @Field(() => String, {
    nullable: true,
    description: 'A field, with "-" before it for descending.',
  })
  readonly sort?: string | null;
  @Field(() => Int, { nullable: true })
  readonly limit?: number | null;
  @Field(() => String, { nullable: true })
  readonly cursor?: string | null;
  @Field(() => Int, { nullable: true, description: 'The same as `limit`.' })
  readonly first?: number | null;
  @Field(() => String, { nullable: true, description: 'The same as `cursor`.' })
  readonly after?: string | null;
}

@ArgsType()
class OwnedArgs extends ListArgs {
  @Field(() => String, { nullable: true })
  readonly accountId?: string | null;
  @Field(() => String, { nullable: true })
  readonly instrumentId?: string | null;
}

@ArgsType()
export class PositionArgs extends OwnedArgs {
  @Field(() => String, { nullable: true, description: 'One value or several, by commas.' })
  readonly status?: string | null;
}

@ArgsType()
export class PastArgs extends PositionArgs {
  @Field(() => String, { nullable: true, description: AS_IT_WAS })
  readonly at?: string | null;
}

@ArgsType()
export class StopArgs extends PastArgs {
  @Field(() => String, { nullable: true })
  readonly positionId?: string | null;
}

@ArgsType()
export class OrderArgs extends StopArgs {
  @Field(() => String, { nullable: true })
  readonly stopId?: string | null;
}

@ArgsType()
export class ProtectionArgs extends OwnedArgs {}

@ArgsType()
export class FillArgs extends OwnedArgs {
  @Field(() => String, { nullable: true })
  readonly positionId?: string | null;
  @Field(() => String, { nullable: true })
  readonly stopId?: string | null;
  @Field(() => String, { nullable: true })
  readonly orderId?: string | null;
}

@ArgsType()
export class LatencyArgs extends OwnedArgs {
  @Field(() => String, { nullable: true })
  readonly stopId?: string | null;
}

@ArgsType()
export class RateArgs extends ListArgs {
  @Field(() => String, { nullable: true })
  readonly accountId?: string | null;
  @Field(() => String, { nullable: true })
  readonly currency?: string | null;
}

@ArgsType()
export class EquityArgs extends RateArgs {
  @Field(() => String, { nullable: true, description: '`all` (default), `day`, or both.' })
  readonly span?: string | null;
}

@ArgsType()
export class FeedArgs extends ListArgs {
  @Field(() => String, { nullable: true })
  readonly feed?: string | null;
}

@ArgsType()
export class AuditArgs extends ListArgs {
  @Field(() => String, { nullable: true })
  readonly accountId?: string | null;
  @Field(() => String, { nullable: true })
  readonly streamId?: string | null;
  @Field(() => String, { nullable: true })
  readonly actor?: string | null;
  @Field(() => String, { nullable: true })
  readonly type?: string | null;
}

@ArgsType()
export class PnlArgs extends OwnedArgs {
  @Field(() => String, { nullable: true, description: '`all` (default), `day`, `week`.' })
  readonly span?: string | null;
  @Field(() => String, { nullable: true })
  readonly currency?: string | null;
}

@ArgsType()
export class PnlTotalsArgs extends WaitArgs {
  @Field(() => String)
  readonly accountId!: string;
  @Field(() => String, { nullable: true, description: 'Default: the currency of the account.' })
  readonly in?: string | null;
}

@ArgsType()
export class BookArgs {
  @Field(() => Int, { nullable: true, defaultValue: LEVELS_DEFAULT })
  readonly levels?: number | null;
  @Field(() => String, { nullable: true, description: 'Of an order to estimate.' })
  readonly quantity?: string | null;
}

/** The names of the Relay specification for what REST calls otherwise. */
const OTHER_NAMES: Readonly<Record<string, string>> = { first: 'limit', after: 'cursor' };

/** One of a noun, as `readOne` is asked for it. */
export function wantedOne<Noun extends PastNoun>(noun: Noun, id: string, args: OneArgs) {
  return { noun, field: `${noun}Id`, id, query: asQuery({ waitFor: args.waitFor, at: args.at }) };
}

/** The arguments that were given, as a query string would hold them. */
export function asQuery(args: object): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [given, value] of Object.entries(
    args as Readonly<Record<string, string | number | null | undefined>>,
  )) {
    if (value === null || value === undefined) continue;
    const name = OTHER_NAMES[given] ?? given;
    const text = String(value);
    if (name in query) {
      const rule = `must not be given beside ${OTHER_NAMES[given] ? name : 'first or after'}`;
      throw badField({ code: 'NOT_ALLOWED', field: given, rule, value: text });
    }
    query[name] = text;
  }
  return query;
}
