import { ArgsType, Field, Int } from '@nestjs/graphql';

/** Arguments as GraphQL hands them over; what they may hold is judged by the same parsers as in REST. */
@ArgsType()
export class WaitArgs {
  @Field(() => String, { nullable: true, description: 'Answer once this log position is read.' })
  readonly waitFor?: string | null;
}

@ArgsType()
export class ListArgs extends WaitArgs {
  @Field(() => Int, { nullable: true })
  readonly limit?: number | null;
  @Field(() => String, { nullable: true })
  readonly cursor?: string | null;
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
export class StopArgs extends PositionArgs {
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

/** The arguments that were given, as a query string would hold them. */
export function asQuery(args: object): Record<string, string> {
  const given = Object.entries(args).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(given.map(([key, value]) => [key, String(value)]));
}
