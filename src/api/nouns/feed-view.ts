import { ApiProperty } from '@nestjs/swagger';
import type { FeedHealth } from '../../application/ports/engine-gateway.port.js';

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
}
