import type { Contract } from '../domain/kernel/contract.js';
import type { Problem } from '../domain/kernel/decider.js';
import { canonical, isPositive, parseDecimal } from '../domain/kernel/decimal.js';
import { checkForm, problem } from './command-check.js';
import type { ContractRequest } from './engine-commands.js';

const CURRENCY = /^[A-Z0-9]{2,10}$/;
const MULTIPLIER_SCALE_MAX = 12;

/** Problems of an instrument's contract; none when there is no contract. */
export function checkContract(contract: ContractRequest | undefined): Problem[] {
  if (!contract) return [];
  const multiplier = parseDecimal(contract.multiplier);
  const rule = 'must be a currency code';
  const problems = [
    ...checkForm('contract.baseCurrency', contract.baseCurrency, CURRENCY, rule),
    ...checkForm('contract.settlementCurrency', contract.settlementCurrency, CURRENCY, rule),
  ];
  if (!multiplier || !isPositive(multiplier) || multiplier.scale > MULTIPLIER_SCALE_MAX) {
    const positive = `must be decimal text above 0 with at most ${MULTIPLIER_SCALE_MAX} digits`;
    problems.push(problem('NOT_POSITIVE', 'contract.multiplier', positive, contract.multiplier));
  }
  if (contract.kind === 'inverse' && contract.settlementCurrency !== contract.baseCurrency) {
    const base = 'must be the base currency: an inverse contract is paid in it';
    problems.push(
      problem('NOT_THE_BASE', 'contract.settlementCurrency', base, contract.settlementCurrency),
    );
  }
  return problems;
}

export function canonicalContract(contract: ContractRequest): Contract {
  return { ...contract, multiplier: canonical(contract.multiplier) };
}

export function isSameContract(known: Contract | undefined, asked: Contract | undefined): boolean {
  return (
    known?.kind === asked?.kind &&
    known?.multiplier === asked?.multiplier &&
    known?.baseCurrency === asked?.baseCurrency &&
    known?.settlementCurrency === asked?.settlementCurrency
  );
}
