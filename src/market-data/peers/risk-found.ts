import { ONE, decimal, formatDecimal } from '../../domain/kernel/decimal.js';
import type { Decimal } from '../../domain/kernel/decimal.js';
import {
  TrailingDrawdown,
  isAccountDrawnDown,
  isPositionDrawnDown,
} from '../../domain/risk/drawdown.js';
import type { Holding } from '../../domain/risk/drawdown.js';
import { mayRest, mayTake } from '../../domain/risk/entry-guard.js';
import { shareFromEntry, shareFromPrice } from '../../domain/stop/stop-share.js';
import type { PeerCase, PeerTick } from '../peer-cases.js';
import {
  decimalOf,
  needs,
  number,
  onlyKnown,
  orderSideOf,
  required,
  said,
  sideOf,
} from './case-reading.js';
import { firstTrue } from './case-judgement.js';
import type { Found } from './case-reading.js';

/** Runs a case of a rule over positions and accounts, or of a guard of entries. */
export function riskFound(peer: PeerCase): Found {
  switch (peer.kind) {
    case 'trailing_drawdown_exit':
      return trailingDrawdown(peer);
    case 'max_drawdown_position':
      return drawnDown(peer, ['max_drawdown'], (tick, share) => {
        const [unrealisedPnl, cost] = [inTick(tick, 'unrealized_pnl'), inTick(tick, 'cost')];
        return isPositionDrawnDown({ unrealisedPnl, cost }, share);
      });
    case 'max_drawdown_portfolio':
      return drawnDown(peer, ['max_drawdown', 'starting_equity'], (tick, share) => {
        const holdingsValue = inTick(tick, 'holdings_value');
        const startingEquity = required(peer, 'starting_equity');
        return isAccountDrawnDown({ holdingsValue, startingEquity }, share);
      });
    case 'order_activation_bounds':
      return entryGuard(peer);
    default:
      return needs(`the kind ${peer.kind}`);
  }
}

function inTick(tick: PeerTick, name: string): Decimal {
  return decimalOf(tick, name) ?? needs(name);
}

function trailingDrawdown(peer: PeerCase): Found {
  onlyKnown(peer, ['max_drawdown', 'entry', 'qty']);
  const rule = new TrailingDrawdown(required(peer, 'max_drawdown'));
  let holding: Holding = { quantity: required(peer, 'qty'), entryPrice: required(peer, 'entry') };
  return liquidations(
    peer.ticks.map((tick) => {
      const price = inTick(tick, 'last');
      const liquidates = rule.onPrice(price, tick['invested'] === true ? holding : undefined);
      if (tick['flip_after'] === true) holding = { quantity: decimal('-1'), entryPrice: price };
      return liquidates;
    }),
  );
}

function liquidations(flags: readonly boolean[]): Found {
  return { ...firstTrue(flags), liquidate: flags };
}

function drawnDown(
  peer: PeerCase,
  known: readonly string[],
  rule: (tick: PeerTick, shareMax: Decimal) => boolean,
): Found {
  onlyKnown(peer, known);
  const shareMax = required(peer, 'max_drawdown');
  return liquidations(peer.ticks.map((tick) => tick['invested'] === true && rule(tick, shareMax)));
}

function entryGuard(peer: PeerCase): Found {
  onlyKnown(peer, ['order_price', 'bounds', 'mode']);
  const { bounds, mode } = peer.params;
  const [near, far] = (Array.isArray(bounds) ? bounds : []).map((bound) => decimal(String(bound)));
  const market = inTick(peer.ticks.at(-1) ?? {}, 'last');
  const [side, price] = [orderSideOf(peer), required(peer, 'order_price')];
  if (!near) return needs('a bound');
  if (mode === undefined || mode === 'MAKER') return { within: mayRest(side, price, market, near) };
  if (mode !== 'TAKER' || !far) return needs(`the mode ${said(mode)} with two bounds`);
  return { within: mayTake(side, price, market, { near, far }) };
}

/** Runs a case of a stop as a share of the current price. */
export function conversionFound(peer: PeerCase): Found {
  onlyKnown(peer, ['stop_rel_to_open', 'current_profit', 'stop_abs', 'current', 'leverage']);
  const side = sideOf(peer);
  const leverage = number(peer, 'leverage') ?? ONE;
  const stop = number(peer, 'stop_rel_to_open');
  const share = stop
    ? shareFromEntry(side, { stop, profit: required(peer, 'current_profit'), leverage })
    : shareFromPrice(side, {
        stop: required(peer, 'stop_abs'),
        current: required(peer, 'current'),
        leverage,
      });
  return { stop_rel_to_current: formatDecimal(share) };
}
