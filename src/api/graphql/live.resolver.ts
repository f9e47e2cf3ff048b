import { Inject } from '@nestjs/common';
import { Args, Resolver, Subscription } from '@nestjs/graphql';
import type { DecisionStream, Told } from '../../application/decision-stream.js';
import type { PriceBrief } from '../../application/ports/market-gateway.port.js';
import type { Grant } from '../../application/ports/access.port.js';
import { asCaller, caller, requireScope } from '../access/caller.js';
import { decisionView, maySee, ownerOf } from '../live/decision-view.js';
import type { LiveRows } from '../live/live-rows.js';
import { OnceForAll } from '../live/once-for-all.js';
import type { OpenState } from '../live/open-state.js';
import type { OpenStates } from '../live/open-states.js';
import type { PriceWatch } from '../live/price-watch.js';
import { ToldItems } from '../live/told-items.js';
import { InstrumentMarketView, instrumentMarketView } from '../nouns/market-view.js';
import { badField, logAway } from '../problem.js';
import { graphqlError, problemOf } from '../problem-answers.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { followQuery, tickQuery } from '../rest/request-queries.parse.js';
import { LIVE_SOURCES } from '../tokens.js';
import { dated } from './dated-pages.js';
import {
  DecisionMessageView,
  FollowArgs,
  OrderChangeView,
  PositionChangeView,
  StopChangeView,
} from './live-views.js';

export interface LiveSources {
  readonly decisions: DecisionStream;
  readonly states: OpenStates;
  readonly rows: LiveRows;
  readonly prices: PriceWatch;
}

/** What a subscription hands to the resolvers of its fields, under its name; an error is told as one. */
type Payload = Readonly<Record<string, object>>;
type ChangeNoun = 'stop' | 'order' | 'position';
type StateAt = (position: bigint) => Promise<OpenState>;

interface Following {
  readonly streams: RegExp;
  readonly told: (item: Told, stateAt: StateAt) => Promise<Payload>;
}

/** What is pushed: each subscriber pulls at its own pace, and hears of it when that was too slow to hear of everything. */
@Resolver()
export class LiveResolver {
  private readonly payloads = new OnceForAll<Payload>();

  constructor(@Inject(LIVE_SOURCES) private readonly sources: LiveSources) {}

  @Subscription(() => DecisionMessageView)
  async decision(@Args() args: FollowArgs) {
    let after = args.after ?? null;
    const nothing = { decision: null, state: null, unreadable: null };
    const told = async (item: Told, stateAt: StateAt) => {
      const before = after;
      const position = (after = item.position.toString());
      const head = { ...nothing, position, after: before };
      if (item.kind === 'gap') {
        return { decision: { ...head, state: shown(await stateAt(item.position)) } };
      }
      // Whoever heard of the same one before it is told the same.
      return this.payloads.of(item, `decision after ${String(before)}`, () => ({
        decision:
          item.kind === 'decision'
            ? { ...head, decision: decisionView(item) }
            : { ...head, unreadable: item.record.reason },
      }));
    };
    return this.follow('decision', args, { streams: /./, told });
  }

  @Subscription(() => StopChangeView)
  stopChanged(@Args() args: FollowArgs) {
    return this.changes('stop', args);
  }

  @Subscription(() => OrderChangeView)
  orderChanged(@Args() args: FollowArgs) {
    return this.changes('order', args);
  }

  @Subscription(() => PositionChangeView)
  positionChanged(@Args() args: FollowArgs) {
    return this.changes('position', args);
  }

  @Subscription(() => InstrumentMarketView)
  tick(@Args('instrumentIds', { type: () => [String] }) wanted: string[]) {
    requireScope('read');
    const { instrumentIds } = parseRequest(tickQuery, { instrumentIds: wanted });
    return new ToldItems<PriceBrief, Payload>(this.sources.prices.watch(instrumentIds), {
      told: (brief) => ({ tick: instrumentMarketView(brief) }),
      failed: (error) => ({ tick: graphqlError(problemOf(error)) }),
    });
  }

  private changes(noun: ChangeNoun, args: FollowArgs) {
    const field = `${noun}Changed`;
    const told = async (item: Told, stateAt: StateAt) => {
      const position = item.position.toString();
      if (item.kind === 'gap') {
        const { items, nextCursor } = shown(await stateAt(item.position))[`${noun}s`];
        return { [field]: { position, isSnapshot: true, items, nextCursor } };
      }
      if (item.kind === 'unreadable') throw unreadable(item.record.streamId);
      return this.payloads.of(item, field, async () => {
        const row = await this.sources.rows.after(noun, item);
        const items = row ? [{ ...row, asOfPosition: position }] : [];
        return { [field]: { position, isSnapshot: false, items, nextCursor: null } };
      });
    };
    return this.follow(field, args, { streams: new RegExp(`^${noun}-`), told });
  }

  private async follow(field: string, args: FollowArgs, { streams, told }: Following) {
    requireScope('read');
    const grant = caller();
    const { after, accountIds } = parseRequest(followQuery, given(args));
    const reader = await this.sources.decisions
      .read({
        after: after === undefined ? undefined : BigInt(after),
        sees: (item) => {
          const { streamId } = item.kind === 'decision' ? item.recorded : item.record;
          return streams.test(streamId) && maySee(grant, item) && isOf(accountIds, item);
        },
      })
      .catch(logAway);
    const stateAt: StateAt = (position) => this.stateAt(grant, position, accountIds);
    return new ToldItems<Told, Payload>(reader, {
      told: (item: Told) => told(item, stateAt),
      failed: (error) => ({ [field]: graphqlError(problemOf(error)) }),
    });
  }

  private stateAt(grant: Grant, position: bigint, accountIds?: readonly string[]) {
    return asCaller(grant, () => this.sources.states.at(position, accountIds));
  }
}

/** As lists are shown in GraphQL: each item says how far the log was read. */
function shown({ stops, orders, positions, asOfPosition }: OpenState) {
  return {
    asOfPosition,
    stops: dated(stops),
    orders: dated(orders),
    positions: dated(positions),
  };
}

function given({ after, accountIds }: FollowArgs): object {
  return { ...(after != null && { after }), ...(accountIds != null && { accountIds }) };
}

function isOf(accountIds: readonly string[] | undefined, item: Told): boolean {
  if (!accountIds || item.kind !== 'decision') return true;
  const owner = ownerOf(item.recorded.event.data);
  return owner !== null && accountIds.includes(owner);
}

function unreadable(streamId: string) {
  const rule = 'holds a record that this version cannot read: what is true of it is not known';
  return badField({ code: 'RECORD_UNREADABLE', field: 'streamId', rule, value: streamId });
}
