import { ApiProperty } from '@nestjs/swagger';

class SignalCommandView {
  @ApiProperty({ type: String }) readonly kind!: string;
  @ApiProperty({ type: String, description: 'Of the order, position or account.' })
  readonly id!: string;
  @ApiProperty({ type: String }) readonly asOfPosition!: string;
}

/** What became of a signal. The same signal again is answered the same, and does nothing. */
export class SignalAnswerView {
  @ApiProperty({ type: String }) readonly signalId!: string;
  @ApiProperty({ type: String }) readonly action!: string;
  @ApiProperty({ type: SignalCommandView, isArray: true })
  readonly commands!: readonly SignalCommandView[];
  @ApiProperty({ type: String, description: 'Of the newest command.' })
  readonly asOfPosition!: string;
}
