import { ONE, formatDecimal } from '../../domain/kernel/decimal.js';
import { replaced } from '../../domain/stop/resting-stop.js';
import type { RestingStop } from '../../domain/stop/resting-stop.js';
import { stopBehind } from '../../domain/stop/stop-share.js';
import { isBeyond } from '../../simulation/exit-fill.js';
import type { PeerCase } from '../peer-cases.js';
import {
  decimalOf,
  needs,
  onlyKnown,
  orderSideOf,
  required,
  said,
  sideOf,
  timeMsOf,
} from './case-reading.js';
import { firstTrue } from './case-judgement.js';
import type { Found } from './case-reading.js';

/** Runs a case of a stop that rests at an exchange and is replaced by the trailed one. */
export function restingFound(peer: PeerCase): Found {
  onlyKnown(peer, ['entry', 'position', 'trail', 'trail_type', 'replace_interval_s', 'price_side']);
  if (peer.params['trail_type'] !== 'fraction')
    needs(`trail_type ${said(peer.params['trail_type'])}`);
  const side = sideOf(peer);
  const exit = orderSideOf(peer);
  const intervalMs = Number(formatDecimal(required(peer, 'replace_interval_s'))) * 1000;
  const share = required(peer, 'trail');
  let resting: RestingStop | undefined;
  let isTriggered = false;
  const steps = peer.ticks.map((tick) => {
    const rate = decimalOf(tick, said(peer.params['price_side'])) ?? needs('the price that trails');
    const market = decimalOf(tick, exit === 'sell' ? 'bid' : 'ask') ?? needs('a quote');
    const atMs = timeMsOf(tick) ?? 0;
    isTriggered ||= resting !== undefined && isBeyond(exit, market, resting.price);
    const before = resting;
    const price = stopBehind(side, { rate, share, leverage: ONE });
    if (!resting) resting = { price, placedAtMs: atMs };
    else if (!isTriggered) resting = replaced(side, resting, { price, atMs, intervalMs });
    const isReplaced = before !== undefined && before !== resting;
    return { stop: formatDecimal(resting.price), replaced: isReplaced, triggered: isTriggered };
  });
  return { steps, ...firstTrue(steps.map(({ triggered }) => triggered)) };
}
