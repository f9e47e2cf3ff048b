import { canonical, isPositive, isZero, parseDecimal } from '../domain/kernel/decimal.js';
import type { Problem } from '../domain/kernel/decider.js';
import type {
  AccountingCommand,
  ChooseCostBasis,
  MoveCash,
  StateConversionRate,
} from './accounting-commands.js';
import { checkForm, problem, reject } from './command-check.js';
import type { CommandResult } from './decisions.js';
import type { Desk } from './desk.js';

const ENTRY = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
const CURRENCY = /^[A-Z0-9]{2,10}$/;
/** Clocks differ: of a broker's, and ours. */
const BOOKED_AHEAD_MAX_MS = 5 * 60_000;
const SOURCE = /^[\x20-\x7e]{1,100}$/;
const COMES_IN = new Set(['deposit']);
const GOES_OUT = new Set(['withdrawal', 'fee']);

/** Judges what concerns the books of an account. Moves no stop. */
export class AccountingDesk {
  constructor(private readonly desk: Desk) {}

  handle(command: AccountingCommand): CommandResult {
    const { accountId } = command;
    if (!this.desk.registry.accounts.has(accountId)) {
      const rule = 'must be an open account';
      return reject('not-found', problem('ACCOUNT_UNKNOWN', 'accountId', rule, accountId));
    }
    switch (command.kind) {
      case 'MoveCash':
        return this.moveCash(command);
      case 'ChooseCostBasis':
        return this.chooseCostBasis(command);
      case 'StateConversionRate':
        return this.stateRate(command);
    }
  }

  private moveCash(command: MoveCash): CommandResult {
    const { accountId, entryId, cashKind, amount, currency, instrumentId } = command;
    const problems = [
      ...checkForm('entryId', entryId, ENTRY, 'must be the number of a statement entry'),
      ...checkForm('currency', currency, CURRENCY, 'must be a currency code'),
      ...checkAmount(cashKind, amount),
      ...this.checkBooked(command),
    ];
    if (instrumentId !== undefined && !this.desk.registry.instruments.has(instrumentId)) {
      const rule = 'must be a defined instrument';
      problems.push(problem('INSTRUMENT_UNKNOWN', 'instrumentId', rule, instrumentId));
    }
    if (problems.length > 0) return reject('invalid', ...problems);
    if (this.desk.registry.cashEntries.has(`${accountId}/${entryId}`)) {
      const rule = 'is booked already: an entry counts once';
      return reject('conflict', problem('ENTRY_BOOKED', 'entryId', rule, entryId));
    }
    return this.decided(accountId, {
      type: 'CashMoved',
      version: 1,
      data: {
        ...this.stampOf(accountId),
        entryId,
        kind: cashKind,
        amount: canonical(amount),
        currency,
        instrumentId: instrumentId ?? null,
        bookedAtMs: command.bookedAtMs ?? this.desk.at,
      },
    });
  }

  private checkBooked({ bookedAtMs }: MoveCash): readonly Problem[] {
    if (bookedAtMs === undefined) return [];
    const value = new Date(bookedAtMs).toISOString();
    if (bookedAtMs < 0)
      return [problem('BOOKED_TOO_EARLY', 'bookedAt', 'must not lie before 1970', value)];
    if (bookedAtMs <= this.desk.at + BOOKED_AHEAD_MAX_MS) return [];
    const rule = 'must not lie more than 5 minutes ahead';
    return [problem('BOOKED_IN_FUTURE', 'bookedAt', rule, value)];
  }

  private chooseCostBasis({ accountId, costBasis }: ChooseCostBasis): CommandResult {
    return this.decided(accountId, {
      type: 'CostBasisChosen',
      version: 1,
      data: { ...this.stampOf(accountId), costBasis },
    });
  }

  private stateRate(command: StateConversionRate): CommandResult {
    const { accountId, currency, inCurrency, rate, source } = command;
    const stated = parseDecimal(rate);
    const problems = [
      ...checkForm('currency', currency, CURRENCY, 'must be a currency code'),
      ...checkForm('inCurrency', inCurrency, CURRENCY, 'must be a currency code'),
      ...checkForm('source', source, SOURCE, 'must name where the rate is from'),
    ];
    if (!stated || !isPositive(stated)) {
      problems.push(problem('NOT_POSITIVE', 'rate', 'must be decimal text above 0', rate));
    }
    if (currency === inCurrency) {
      problems.push(problem('SAME_CURRENCY', 'inCurrency', 'must be another currency', inCurrency));
    }
    if (problems.length > 0) return reject('invalid', ...problems);
    return this.decided(accountId, {
      type: 'ConversionRateStated',
      version: 1,
      data: { ...this.stampOf(accountId), currency, inCurrency, rate: canonical(rate), source },
    });
  }

  private stampOf(accountId: string) {
    return { accountId, input: this.desk.input, at: this.desk.at };
  }

  private decided(accountId: string, fact: Parameters<Desk['decide']>[1]): CommandResult {
    const streamId = `account-${accountId}`;
    this.desk.decide(streamId, fact);
    return { kind: 'accepted', id: accountId, streamId };
  }
}

function checkAmount(kind: MoveCash['cashKind'], text: string): Problem[] {
  const amount = parseDecimal(text);
  if (!amount) {
    return [problem('NOT_A_DECIMAL', 'amount', 'must be decimal text such as "-0.25"', text)];
  }
  const isIn = isPositive(amount);
  const isWrongWay = (COMES_IN.has(kind) && !isIn) || (GOES_OUT.has(kind) && isIn);
  if (!isWrongWay && !isZero(amount)) return [];
  const rule = `must be ${COMES_IN.has(kind) ? 'above' : GOES_OUT.has(kind) ? 'below' : 'other than'} 0 for a ${kind}`;
  return [problem('WRONG_SIGN', 'amount', rule, text)];
}
