import { ApiProperty } from '@nestjs/swagger';
import type { FeedHealth, FeedReport } from '../../application/ports/engine-gateway.port.js';

/** A time in which a feed was not connected. */
export class FeedGapView {
  @ApiProperty({ type: String }) readonly from!: string;
  @ApiProperty({ type: String, nullable: true, description: 'null while it lasts' })
  readonly to!: string | null;
  @ApiProperty({ type: String }) readonly reason!: string;
}

/** A feed as the engine sees it now. Not in the log, so it has no position of its own. */
export class FeedView {
  @ApiProperty({ type: String }) readonly feed!: FeedHealth['feed'];
  @ApiProperty({ type: String }) readonly url!: FeedHealth['url'];
  @ApiProperty({ type: Boolean }) readonly connected!: FeedHealth['connected'];
  @ApiProperty({ type: String, nullable: true, description: 'Name of the recording it replays.' })
  readonly recorded!: FeedHealth['recorded'];
  @ApiProperty({ type: 'integer' }) readonly ticks!: FeedHealth['ticks'];
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Refused frames and ticks, by reason.',
  })
  readonly refused!: FeedHealth['refused'];
  @ApiProperty({ type: String, nullable: true }) readonly lastTickAt!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'number' },
    nullable: true,
    description:
      'Venue time to receive time of the newest prices: least, middle, worst of a hundred.',
  })
  readonly latency!: FeedReport['latency'];
  @ApiProperty({ type: String, description: 'Share of the time since the start, from 0 to 1.' })
  readonly uptimeShare!: FeedReport['uptimeShare'];
  @ApiProperty({ type: FeedGapView, isArray: true, description: 'The newest 100, oldest first.' })
  readonly gaps!: readonly FeedGapView[];
}
