import { Inject } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { AskEngine } from '../engine-command.handler.js';
import { accepted, commandHead } from '../engine-outcomes.js';
import { notFound } from '../problem.js';
import { printable } from '../rest/reading.js';
import {
  accountBody,
  cancelEntriesBody,
  cashBody,
  costBasisBody,
  instrumentBody,
  orderBody,
  positionBody,
  rateBody,
  splitBody,
  tradingBody,
} from '../rest/request-bodies.parse.js';
import { parseRequest } from '../rest/request-problems.parse.js';
import { isPossibleId } from '../rest/request-queries.parse.js';
import { ulid } from '../ulid.js';
import {
  AccountKeyArgs,
  CommandResultView,
  KeyArgs,
  SteeringArgs,
  resultView,
} from './command-args.js';
import {
  AccountInput,
  CashInput,
  InstrumentInput,
  OrderInput,
  PositionInput,
  RateInput,
  SplitInput,
  asBody,
} from './inputs.js';

type Command = AskEngine['command'];
type Key = string | null | undefined;

/** What REST does to accounts, instruments, positions and orders: the same parsers, the same commands. */
@Resolver()
export class TradingCommandsResolver {
  constructor(@Inject(CommandBus) private readonly commands: CommandBus) {}

  @Mutation(() => CommandResultView)
  defineInstrument(
    @Args('input', { type: () => InstrumentInput }) input: object,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(instrumentBody, asBody(input));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'DefineInstrument', ...head, ...wanted });
  }

  @Mutation(() => CommandResultView)
  splitInstrument(
    @Args('instrumentId', { type: () => String }) instrumentId: string,
    @Args('input', { type: () => SplitInput }) input: object,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    if (!isPossibleId(instrumentId)) {
      throw notFound('instrument', 'instrumentId', printable(instrumentId));
    }
    const wanted = parseRequest(splitBody, asBody(input));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'SplitInstrument', ...head, instrumentId, ...wanted });
  }

  @Mutation(() => CommandResultView)
  openAccount(
    @Args('input', { type: () => AccountInput }) input: object,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(accountBody, asBody(input));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'OpenAccount', ...head, ...wanted });
  }

  @Mutation(() => CommandResultView)
  openPosition(
    @Args('input', { type: () => PositionInput }) input: object,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(positionBody, asBody(input));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'OpenPosition', ...head, positionId: ulid(), ...wanted });
  }

  @Mutation(() => CommandResultView)
  closePosition(
    @Args('positionId', { type: () => String }) positionId: string,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    if (!isPossibleId(positionId)) throw notFound('position', 'positionId', printable(positionId));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'ClosePosition', ...head, positionId });
  }

  @Mutation(() => CommandResultView)
  placeOrder(
    @Args('input', { type: () => OrderInput }) input: object,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(orderBody, asBody(input));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'PlaceOrder', ...head, orderId: ulid(), ...wanted });
  }

  @Mutation(() => CommandResultView)
  cancelOrder(
    @Args('orderId', { type: () => String }) orderId: string,
    @Args() { idempotencyKey }: KeyArgs,
  ): Promise<CommandResultView> {
    if (!isPossibleId(orderId)) throw notFound('order', 'orderId', printable(orderId));
    const head = commandHead(idempotencyKey);
    return this.send({ kind: 'CancelOrder', ...head, orderId });
  }

  @Mutation(() => CommandResultView)
  cancelEntries(
    @Args('instrumentId', { type: () => String, nullable: true }) instrumentId: Key,
    @Args() args: AccountKeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(cancelEntriesBody, instrumentId == null ? {} : { instrumentId });
    return this.send({ kind: 'CancelEntries', ...ofAccount(args), ...wanted });
  }

  @Mutation(() => CommandResultView)
  moveCash(
    @Args('input', { type: () => CashInput }) input: object,
    @Args() args: AccountKeyArgs,
  ): Promise<CommandResultView> {
    const { kind: cashKind, bookedAt, ...entry } = parseRequest(cashBody, asBody(input));
    const bookedAtMs = bookedAt === undefined ? {} : { bookedAtMs: bookedAt };
    const { accountId, ...head } = ofAccount(args);
    const said = { cashKind, ...entry, ...bookedAtMs };
    return this.send({ kind: 'MoveCash', ...said, ...head, accountId });
  }

  @Mutation(() => CommandResultView)
  chooseCostBasis(
    @Args('costBasis', { type: () => String }) costBasis: string,
    @Args() args: AccountKeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(costBasisBody, { costBasis });
    const of = ofAccount(args);
    return this.send({ kind: 'ChooseCostBasis', ...wanted, ...of });
  }

  @Mutation(() => CommandResultView)
  stateConversionRate(
    @Args('input', { type: () => RateInput }) input: object,
    @Args() args: AccountKeyArgs,
  ): Promise<CommandResultView> {
    const wanted = parseRequest(rateBody, asBody(input));
    const of = ofAccount(args);
    return this.send({ kind: 'StateConversionRate', ...wanted, ...of });
  }

  @Mutation(() => CommandResultView)
  haltTrading(@Args() args: SteeringArgs): Promise<CommandResultView> {
    return this.send({ kind: 'HaltTrading', ...ofAccount(args), ...why(args) });
  }

  @Mutation(() => CommandResultView)
  resumeTrading(@Args() args: SteeringArgs): Promise<CommandResultView> {
    return this.send({ kind: 'ResumeTrading', ...ofAccount(args), ...why(args) });
  }

  @Mutation(() => CommandResultView)
  pullKillSwitch(@Args() args: SteeringArgs): Promise<CommandResultView> {
    const of = ofAccount(args);
    return this.send({ kind: 'PullKillSwitch', ...of, ...why(args) });
  }

  private async send(command: Command): Promise<CommandResultView> {
    return resultView(accepted(await this.commands.execute(new AskEngine(command))));
  }
}

function ofAccount({ accountId, idempotencyKey }: AccountKeyArgs) {
  if (!isPossibleId(accountId)) throw notFound('account', 'accountId', printable(accountId));
  return { ...commandHead(idempotencyKey), accountId };
}

function why({ reason }: SteeringArgs) {
  return parseRequest(tradingBody, { reason });
}
