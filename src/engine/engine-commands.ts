import type { TradingHours } from '../domain/instrument/trading-hours.js';
import type { Contract } from '../domain/kernel/contract.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { AccountMode, PositionSide } from '../domain/kernel/units.js';
import type { PlanRequest } from '../domain/stop/plan-request.js';
import type { AccountingCommand } from './accounting-commands.js';
import type { CommandHead } from './command-head.js';
import type { OrderCommand } from './order-commands.js';

/** A contract as it is asked for: its multiplier has not been looked at. */
export type ContractRequest = Omit<Contract, 'multiplier'> & { readonly multiplier: string };

/** A price band as it is asked for. */
export interface BandRequest {
  readonly from: string;
  readonly tick: string;
}

export interface DefineInstrument extends CommandHead {
  readonly kind: 'DefineInstrument';
  readonly instrumentId: string;
  readonly symbol: string;
  /** The finest, where it changes with the price. */
  readonly priceTick: string;
  /** From the lowest; default: the tick is the same at every price. */
  readonly priceBands?: readonly BandRequest[];
  readonly quantityStep: string;
  readonly quoteCurrency: string;
  /** Default: a unit is worth its price in the quote currency. */
  readonly contract?: ContractRequest;
  readonly feeds: readonly string[];
  /** When the trading session ends each day, `15:30+05:30`. */
  readonly sessionEnd?: string;
  readonly tradingHours?: TradingHours;
}

/** So many old units become so many new ones, with all that is open on the instrument. */
export interface SplitInstrument extends CommandHead {
  readonly kind: 'SplitInstrument';
  readonly instrumentId: string;
  readonly ratio: { readonly from: number; readonly to: number };
  /** Default: as before. */
  readonly priceTick?: string;
  readonly quantityStep?: string;
}

export interface OpenAccount extends CommandHead {
  readonly kind: 'OpenAccount';
  readonly accountId: string;
  readonly broker: string;
  readonly mode: AccountMode;
  readonly currency: string;
}

export interface OpenPosition extends CommandHead {
  readonly kind: 'OpenPosition';
  /** A fresh ULID. */
  readonly positionId: string;
  readonly accountId: string;
  readonly instrumentId: string;
  readonly side: PositionSide;
  readonly quantity: string;
  readonly entryPrice: string;
}

export interface ArmStop extends CommandHead {
  readonly kind: 'ArmStop';
  /** A fresh ULID. */
  readonly stopId: string;
  readonly positionId: string;
  /** Default: the position's open quantity that no other stop covers. */
  readonly quantity?: string;
  readonly plan: PlanRequest;
}

export interface AmendStop extends CommandHead {
  readonly kind: 'AmendStop';
  readonly stopId: string;
  readonly plan: PlanRequest;
  /** 0-based revision of the stop's stream that the caller has seen. */
  readonly expectedRevision: number;
}

export interface CancelStop extends CommandHead {
  readonly kind: 'CancelStop';
  readonly stopId: string;
  readonly expectedRevision?: number;
}

/** Lets a stop sleep: it neither moves nor fires until it is resumed. */
export interface SuspendStop extends CommandHead {
  readonly kind: 'SuspendStop';
  readonly stopId: string;
  readonly expectedRevision?: number;
}

export interface ResumeStop extends CommandHead {
  readonly kind: 'ResumeStop';
  readonly stopId: string;
  readonly expectedRevision?: number;
}

export type EngineCommand =
  | DefineInstrument
  | SplitInstrument
  | OpenAccount
  | OpenPosition
  | ArmStop
  | AmendStop
  | SuspendStop
  | ResumeStop
  | CancelStop
  | OrderCommand
  | AccountingCommand;

/**
 * Why a command changed nothing. `invalid`: a field is wrong. `conflict`: a rule of the business forbids it now.
 * `stale`: the caller has not seen the newest revision. `not-found`: the aggregate named does not exist.
 */
export type RejectionKind = 'invalid' | 'conflict' | 'stale' | 'not-found';

export interface CommandRejected {
  readonly kind: 'rejected';
  readonly rejection: RejectionKind;
  /** At least one; every reason at once. */
  readonly problems: readonly Problem[];
}
