"""The same prints and the same trailing stops in NautilusTrader's back-test engine. Started by nautilus.bench.ts.

    nautilus.py FILE STOPS PRINTS    FILE: recorded trades (ts_ms,price,...), gzipped, of which the first PRINTS

Prints one JSON document: prints, stops, seconds of CPU of the run alone, orders that filled.
"""

import csv
import gzip
import json
import sys
import time
from decimal import Decimal
from itertools import islice

from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.backtest.engine import BacktestEngineConfig
from nautilus_trader.config import LoggingConfig
from nautilus_trader.config import RiskEngineConfig
from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.currencies import BTC
from nautilus_trader.model.currencies import USDT
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.enums import AccountType
from nautilus_trader.model.enums import AggressorSide
from nautilus_trader.model.enums import OmsType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.enums import TrailingOffsetType
from nautilus_trader.model.enums import TriggerType
from nautilus_trader.model.identifiers import TradeId
from nautilus_trader.model.objects import Money
from nautilus_trader.model.objects import Price
from nautilus_trader.model.objects import Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

FIRST_CENTS = 20
NS_OF_MS = 1_000_000


class TrailingStops(Strategy):
    """Arms its stops behind the first print and waits."""

    def __init__(self, instrument, stops):
        super().__init__(StrategyConfig(strategy_id="STOPS-1"))
        self.instrument = instrument
        self.stops = stops
        self.filled = 0

    def on_start(self):
        self.subscribe_trade_ticks(self.instrument.id)

    def on_trade_tick(self, tick):
        self.unsubscribe_trade_ticks(self.instrument.id)
        for number in range(self.stops):
            self.submit_order(
                self.order_factory.trailing_stop_market(
                    instrument_id=self.instrument.id,
                    order_side=OrderSide.SELL,
                    quantity=Quantity.from_str("0.001000"),
                    trailing_offset=Decimal(FIRST_CENTS + number) / 100,
                    trailing_offset_type=TrailingOffsetType.PRICE,
                    trigger_type=TriggerType.LAST_PRICE,
                )
            )

    def on_order_filled(self, event):
        self.filled += 1


def ticks_of(path, instrument):
    with gzip.open(path, "rt") as file:
        for number, row in enumerate(csv.DictReader(file)):
            at = int(row["ts_ms"]) * NS_OF_MS
            yield TradeTick(
                instrument_id=instrument.id,
                price=Price.from_str(f"{Decimal(row['price']):.2f}"),
                size=Quantity.from_str("1.000000"),
                aggressor_side=AggressorSide.NO_AGGRESSOR,
                trade_id=TradeId(str(number)),
                ts_event=at,
                ts_init=at,
            )


def main(path, stops, prints):
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        # It takes a hundred orders a second otherwise, and denies the others.
        risk_engine=RiskEngineConfig(bypass=True),
    )
    engine = BacktestEngine(config)
    # Prices of two digits; what it is called does not matter.
    instrument = TestInstrumentProvider.btcusdt_binance()
    engine.add_venue(
        venue=instrument.id.venue,
        oms_type=OmsType.NETTING,
        account_type=AccountType.CASH,
        base_currency=None,
        starting_balances=[Money(1_000_000, USDT), Money(1_000, BTC)],
        trade_execution=True,
    )
    engine.add_instrument(instrument)
    ticks = list(islice(ticks_of(path, instrument), prints))
    engine.add_data(ticks)
    strategy = TrailingStops(instrument, stops)
    engine.add_strategy(strategy)
    start = time.process_time()
    engine.run()
    seconds = time.process_time() - start
    print(
        json.dumps(
            {"prints": len(ticks), "stops": stops, "seconds": seconds, "fired": strategy.filled}
        )
    )


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
