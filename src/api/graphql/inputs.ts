import { Field, InputType, Int } from '@nestjs/graphql';
import type { Type } from '@nestjs/common';
import type { z } from 'zod';
import { badField } from '../problem.js';
import { JsonScalar } from '../nouns/fields.js';
import {
  accountBody,
  cashBody,
  instrumentBody,
  orderBody,
  positionBody,
  rateBody,
  splitBody,
  stopBody,
} from '../rest/request-bodies.parse.js';
import { plan } from '../rest/plan.parse.js';

type Schema = z.core.$ZodType;
type InputField = Type | typeof JsonScalar | StringConstructor | BooleanConstructor | typeof Int;

/** What the walk below needs of a schema's definition, whatever kind it is. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly element?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
}

const made = new Map<Schema, Type>();

/**
 * The input type of a body that REST takes: its fields, and the same parser judges it afterwards. What may be of more
 * than one form is a JSON document.
 */
function inputOf(name: string, schema: Schema): Type {
  const known = made.get(schema);
  if (known) return known;
  class Input {
    declare readonly input: true;
  }
  Object.defineProperty(Input, 'name', { value: name });
  made.set(schema, Input);
  for (const [key, field] of Object.entries(definitionOf(schema).shape ?? {})) {
    const { core, nullable } = stripped(field);
    const { element } = definitionOf(core);
    const inner = `${name.replace(/Input$/, '')}${key.charAt(0).toUpperCase()}${key.slice(1)}Input`;
    const one = fieldOf(inner, element ? stripped(element).core : core);
    Field(() => (element ? [one] : one), { nullable })(Input.prototype, key);
  }
  InputType(name)(Input);
  return Input;
}

function definitionOf(schema: Schema): Definition {
  return schema._zod.def;
}

/** Without what says only that it may be left out, or what is made of it. */
function stripped(schema: Schema): { readonly core: Schema; readonly nullable: boolean } {
  const { type, innerType, in: from } = definitionOf(schema);
  if (innerType) {
    return { core: stripped(innerType).core, nullable: type === 'optional' || type === 'default' };
  }
  return from ? stripped(from) : { core: schema, nullable: false };
}

function fieldOf(name: string, schema: Schema): InputField {
  switch (definitionOf(schema).type) {
    case 'string':
    case 'enum':
      return String;
    case 'number':
      return Int;
    case 'boolean':
      return Boolean;
    case 'object':
      return inputOf(name, schema);
    default:
      return JsonScalar;
  }
}

export const PlanInput = inputOf('StopPlanInput', stripped(plan).core);
export const InstrumentInput = inputOf('InstrumentInput', instrumentBody);
export const SplitInput = inputOf('InstrumentSplitInput', splitBody);
export const AccountInput = inputOf('AccountInput', accountBody);
export const CashInput = inputOf('CashInput', cashBody);
export const RateInput = inputOf('ConversionRateInput', rateBody);
export const PositionInput = inputOf('PositionInput', positionBody);
export const OrderInput = inputOf('OrderInput', orderBody);
export const StopInput = inputOf('StopInput', stopBody);

/** Objects of GraphQL have no prototype, which parsers of JSON do not expect. */
export function asBody(input: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(input)) as unknown;
  } catch {
    // The only input that cannot be written out is one that is nested beyond all measure.
    const rule = 'must not be nested so deeply';
    throw badField({ code: 'WRONG_FORM', field: 'input', rule, value: '' });
  }
}
