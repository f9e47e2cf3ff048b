import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { AlarmsResolver } from './alarms.resolver.js';
import { CatalogueResolver } from './catalogue.resolver.js';
import { LiveResolver } from './live.resolver.js';
import { MarketResolver } from './market.resolver.js';
import { RecordsResolver } from './records.resolver.js';
import {
  OrderRelationsResolver,
  PositionRelationsResolver,
  StopRelationsResolver,
} from './relations.resolver.js';
import { StopCommandsResolver } from './stop-commands.resolver.js';
import { StopsResolver } from './stops.resolver.js';
import { TradesResolver } from './trades.resolver.js';
import { TradingCommandsResolver } from './trading-commands.resolver.js';

export const RESOLVERS = [
  StopsResolver,
  TradesResolver,
  RecordsResolver,
  CatalogueResolver,
  MarketResolver,
  AlarmsResolver,
  StopRelationsResolver,
  OrderRelationsResolver,
  PositionRelationsResolver,
  StopCommandsResolver,
  TradingCommandsResolver,
  LiveResolver,
];

const HEAD = '# Generated from the decorated classes of src/api: do not edit.\n\n';

/** Returns the schema file's text, made from the decorators alone: nothing is started. */
export async function schemaText(): Promise<string> {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, {
    logger: false,
  });
  try {
    const schema = await app.get(GraphQLSchemaFactory).create(RESOLVERS);
    return `${HEAD}${printSchema(lexicographicSortSchema(schema))}\n`;
  } finally {
    await app.close();
  }
}
