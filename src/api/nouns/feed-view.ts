import { ObjectType } from '@nestjs/graphql';
import type { FeedHealth, FeedReport } from '../../application/ports/engine-gateway.port.js';
import {
  CountField,
  CountsField,
  FlagField,
  LargeCountField,
  ListField,
  NestedField,
  TextField,
} from './fields.js';

@ObjectType('FeedGap', { description: 'A time in which a feed was not connected.' })
export class FeedGapView {
  @TextField() readonly from!: string;
  @TextField({ nullable: true, description: 'null while it lasts' })
  readonly to!: string | null;
  @TextField() readonly reason!: string;
}

@ObjectType('FeedDelay', { description: 'Venue time to receive time of the newest prices.' })
export class FeedDelayView {
  @LargeCountField() readonly minMs!: number;
  @LargeCountField() readonly p50Ms!: number;
  @LargeCountField() readonly p99Ms!: number;
  @CountField() readonly samples!: number;
}

@ObjectType('Feed', {
  description:
    'A feed as the engine sees it now. Not in the log, so it has no position of its own.',
})
export class FeedView {
  @TextField() readonly feed!: FeedHealth['feed'];
  @TextField() readonly url!: FeedHealth['url'];
  @FlagField() readonly connected!: FeedHealth['connected'];
  @TextField({ nullable: true, description: 'Name of the recording it replays.' })
  readonly recorded!: FeedHealth['recorded'];
  @LargeCountField() readonly ticks!: FeedHealth['ticks'];
  @CountsField({ description: 'Refused frames and ticks, by reason.' })
  readonly refused!: FeedHealth['refused'];
  @TextField({ nullable: true }) readonly lastTickAt!: string | null;
  @NestedField(() => FeedDelayView, {
    nullable: true,
    description: 'Below 0 where our clock is behind; null before the first price.',
  })
  readonly latency!: FeedReport['latency'];
  @TextField({ description: 'Share of the time since the start, from 0 to 1.' })
  readonly uptimeShare!: FeedReport['uptimeShare'];
  @ListField(() => FeedGapView, { description: 'The newest 100, oldest first.', rowsMax: 100 })
  readonly gaps!: readonly FeedGapView[];
}
