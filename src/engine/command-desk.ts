import { canonical } from '../domain/kernel/decimal.js';
import type { BandedGrid } from '../domain/kernel/price-bands.js';
import type { Currency } from '../domain/kernel/units.js';
import type { Problem } from '../domain/kernel/decider.js';
import type { InstrumentDefined } from '../domain/instrument/instrument.events.js';
import {
  checkEntryPrice,
  checkForm,
  checkGridStep,
  checkQuantity,
  checkSessionEnd,
  checkTradingHours,
  isSameHours,
  problem,
  reject,
} from './command-check.js';
import { canonicalBands, checkPriceBands, isSameBands } from './band-check.js';
import { AccountingDesk } from './accounting-desk.js';
import { canonicalContract, checkContract, isSameContract } from './contract-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';
import type {
  DefineInstrument,
  EngineCommand,
  OpenAccount,
  OpenPosition,
} from './engine-commands.js';
import type { EntryDesk } from './entry-desk.js';
import type { LeaveDesk } from './leave-desk.js';
import type { SplitDesk } from './split-desk.js';
import type { StopCommands } from './stop-commands.js';

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const ACCOUNT = /^[A-Za-z0-9_.-]{1,64}$/;
const INSTRUMENT = /^[A-Z0-9_.]{1,40}:[A-Za-z0-9_.\-/]{1,60}$/;
const SYMBOL = /^[A-Za-z0-9_.\-/]{1,60}$/;
const CURRENCY = /^[A-Z0-9]{2,10}$/;

const KEPT_FOR_LIFE = ['broker', 'mode', 'currency'] as const;

/** Judges commands and writes down what they come to. Nothing is thrown for input; every problem is reported at once. */
export class CommandDesk {
  private readonly accounting: AccountingDesk;

  constructor(
    private readonly desk: Desk,
    private readonly desks: {
      readonly stops: StopCommands;
      readonly entries: EntryDesk;
      readonly leaving: LeaveDesk;
      readonly splits: SplitDesk;
    },
  ) {
    this.accounting = new AccountingDesk(desk);
  }

  handle(command: EngineCommand): CommandResult {
    const { stops, entries, leaving, splits } = this.desks;
    switch (command.kind) {
      case 'DefineInstrument':
        return this.defineInstrument(command);
      case 'SplitInstrument':
        return splits.split(command);
      case 'OpenAccount':
        return this.openAccount(command);
      case 'OpenPosition':
        return this.openPosition(command);
      case 'ArmStop':
        if (!ULID.test(command.stopId)) {
          return reject('invalid', problem('BAD_FORM', 'stopId', 'must be a ULID', command.stopId));
        }
        return stops.arm(command);
      case 'AmendStop':
        return stops.amend(command);
      case 'SuspendStop':
        return stops.suspend(command);
      case 'ResumeStop':
        return stops.resume(command);
      case 'CancelStop':
        return stops.cancel(command);
      case 'PlaceOrder':
        return entries.place(command);
      case 'CancelOrder':
        return entries.cancel(command);
      case 'CancelEntries':
        return entries.cancelAll(command);
      case 'ClosePosition':
        return leaving.close(command);
      case 'HaltTrading':
      case 'ResumeTrading':
      case 'PullKillSwitch':
        return leaving.steer(command);
      case 'MoveCash':
      case 'ChooseCostBasis':
      case 'StateConversionRate':
        return this.accounting.handle(command);
    }
  }

  private defineInstrument(command: DefineInstrument): CommandResult {
    const { instrumentId, symbol, priceTick, quantityStep, quoteCurrency, feeds } = command;
    const problems: Problem[] = [
      ...checkForm('instrumentId', instrumentId, INSTRUMENT, 'must be VENUE:SYMBOL'),
      ...checkForm('symbol', symbol, SYMBOL, 'must be letters, digits and . _ - /'),
      ...checkTicks(command),
      ...checkGridStep('quantityStep', quantityStep),
      ...checkForm('quoteCurrency', quoteCurrency, CURRENCY, 'must be a currency code'),
      ...checkSessionEnd(command.sessionEnd),
      ...checkTradingHours(command.tradingHours),
      ...checkContract(command.contract),
    ];
    if (problems.length > 0) return reject('invalid', ...problems);
    const known = this.desk.registry.instruments.get(instrumentId)?.definition;
    const priceBands = canonicalBands(command.priceBands);
    const accepted = {
      kind: 'accepted',
      id: instrumentId,
      streamId: `instrument-${instrumentId}`,
    } as const;
    const definition = {
      instrumentId,
      venue: instrumentId.slice(0, instrumentId.indexOf(':')),
      symbol,
      priceTick: canonical(priceTick),
      quantityStep: canonical(quantityStep),
      quoteCurrency: quoteCurrency satisfies Currency,
      ...(command.contract && { contract: canonicalContract(command.contract) }),
      feeds,
      ...(command.sessionEnd !== undefined && { sessionEnd: command.sessionEnd }),
      ...(command.tradingHours && { tradingHours: command.tradingHours }),
      ...(priceBands && { priceBands }),
    };
    if (known && isSameDefinition(known, definition)) return accepted;
    const changed = known && changedGrid(known, definition);
    if (changed !== undefined && this.hasOpenStops(instrumentId)) {
      const rule = 'must not change while stops are armed on the instrument';
      const value = changed === 'priceTick' ? priceTick : JSON.stringify(command.priceBands ?? []);
      return reject('conflict', problem('GRID_IN_USE', changed, rule, value));
    }
    this.desk.decide(accepted.streamId, {
      type: 'InstrumentDefined',
      version: priceBands ? 4 : command.tradingHours ? 3 : command.contract ? 2 : 1,
      data: {
        ...definition,
        instrumentVersion: (known?.instrumentVersion ?? 0) + 1,
        input: this.desk.input,
        at: this.desk.at,
      },
    });
    return accepted;
  }

  private hasOpenStops(instrumentId: string): boolean {
    for (const stop of this.desk.registry.stops.values()) {
      const isOpen = stop.status === 'armed' || stop.status === 'suspended';
      if (isOpen && stop.stamp.instrumentId === instrumentId) return true;
    }
    return false;
  }

  private openAccount(command: OpenAccount): CommandResult {
    const { accountId, broker, mode, currency, actor } = command;
    const problems: Problem[] = [
      ...checkForm('accountId', accountId, ACCOUNT, 'must be 1 to 64 letters, digits and . _ -'),
      ...checkForm('currency', currency, CURRENCY, 'must be a currency code'),
    ];
    // What acts in the world has keys and limits, and those are in the configuration alone.
    if (actor !== 'configuration' && broker !== 'paper') {
      const rule = 'must be "paper"; others are opened by the configuration';
      problems.push(problem('BROKER_NOT_CONFIGURED', 'broker', rule, broker));
    }
    if (broker === 'paper' && mode === 'live') {
      const rule = 'must be "paper" or "shadow" with the paper broker';
      problems.push(problem('MODE_NOT_AVAILABLE', 'mode', rule, mode));
    }
    if (problems.length > 0) return reject('invalid', ...problems);
    const streamId = `account-${accountId}`;
    const known = this.desk.registry.accounts.get(accountId);
    if (known) {
      const kept = KEPT_FOR_LIFE.filter((field) => known[field] !== command[field]).map((field) =>
        problem(
          'ACCOUNT_EXISTS',
          field,
          `must stay "${known[field]}", with which the account was opened`,
          command[field],
        ),
      );
      if (kept.length > 0) return reject('conflict', ...kept);
      return { kind: 'accepted', id: accountId, streamId };
    }
    const { input, at } = this.desk;
    this.desk.decide(streamId, {
      type: 'AccountOpened',
      version: 1,
      data: { accountId, broker, mode, currency, input, at },
    });
    return { kind: 'accepted', id: accountId, streamId };
  }

  private openPosition(command: OpenPosition): CommandResult {
    const { positionId, accountId, instrumentId, side, quantity, entryPrice } = command;
    const { registry } = this.desk;
    const account = registry.accounts.get(accountId);
    const instrument = registry.instruments.get(instrumentId);
    const problems: Problem[] = checkForm('positionId', positionId, ULID, 'must be a ULID');
    if (!account)
      problems.push(problem('ACCOUNT_UNKNOWN', 'accountId', 'must be an open account', accountId));
    if (!instrument) {
      problems.push(
        problem('INSTRUMENT_UNKNOWN', 'instrumentId', 'must be a defined instrument', instrumentId),
      );
    } else {
      problems.push(...checkQuantity('quantity', quantity, instrument));
      problems.push(...checkEntryPrice('entryPrice', entryPrice, instrument));
    }
    if (!account || !instrument || problems.length > 0) return reject('invalid', ...problems);
    if (registry.positions.has(positionId)) {
      return reject(
        'conflict',
        problem('POSITION_EXISTS', 'positionId', 'must be new', positionId),
      );
    }
    const { contract } = instrument.definition;
    this.desk.decide(`position-${positionId}`, {
      type: 'PositionOpened',
      version: contract ? 2 : 1,
      data: {
        accountId,
        instrumentId,
        instrumentVersion: instrument.definition.instrumentVersion,
        positionId,
        mode: account.mode,
        rules: this.desk.rules,
        input: this.desk.input,
        at: this.desk.at,
        origin: 'declared',
        side,
        quantity: canonical(quantity),
        entryPrice: canonical(entryPrice),
        quoteCurrency: instrument.definition.quoteCurrency,
        ...(contract && { contract }),
      },
    });
    return { kind: 'accepted', id: positionId, streamId: `position-${positionId}` };
  }
}

function checkTicks({ priceTick, priceBands }: DefineInstrument): Problem[] {
  const problems = checkGridStep('priceTick', priceTick);
  return problems.length > 0 ? problems : checkPriceBands(priceTick, priceBands);
}

/** Which part of the price grid another definition changes. */
function changedGrid(known: BandedGrid, asked: BandedGrid): 'priceTick' | 'priceBands' | undefined {
  if (known.priceTick !== asked.priceTick) return 'priceTick';
  return isSameBands(known.priceBands, asked.priceBands) ? undefined : 'priceBands';
}

function isSameDefinition(
  known: InstrumentDefined['data'],
  asked: Omit<InstrumentDefined['data'], 'instrumentVersion' | 'input' | 'at'>,
): boolean {
  return (
    known.symbol === asked.symbol &&
    changedGrid(known, asked) === undefined &&
    known.quantityStep === asked.quantityStep &&
    known.quoteCurrency === asked.quoteCurrency &&
    known.sessionEnd === asked.sessionEnd &&
    isSameHours(known.tradingHours, asked.tradingHours) &&
    isSameContract(known.contract, asked.contract) &&
    known.feeds.join() === asked.feeds.join()
  );
}
