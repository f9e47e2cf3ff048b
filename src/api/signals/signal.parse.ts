import { createHash } from 'node:crypto';
import type { SignalAction, SignalSource } from '../../application/ports/signal-source.port.js';
import { badField } from '../problem.js';

/** What charting software said, in our words. */
export interface Signal {
  /** The same for the same signal, however often it is sent. */
  readonly signalId: string;
  readonly action: SignalAction;
  readonly instrumentId: string;
  readonly quantity: string | undefined;
  readonly price: string | undefined;
}

const VALUE_LENGTH_MAX = 100;
const SECONDS_BELOW = 100_000_000_000; // as milliseconds that is 1973: nobody sends prices of then

/** A body as it came: JSON, a form, or plain text that is one of them. */
export function fieldsIn(body: unknown): unknown {
  const text = (body as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') return body;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return Object.fromEntries(new URLSearchParams(text.trim().replace(/\s*[;\n]\s*/g, '&')));
  }
}

/** Reads a signal by its source's mapping. Throws a 422 that names the field as the sender calls it. */
export function parseSignal(body: unknown, source: SignalSource, nowMs: number): Signal {
  const { fields, actions, instruments, maxAgeMs } = source;
  const given = fieldsIn(body);
  const said = valueAt(given, fields.action);
  const symbol = valueAt(given, fields.symbol);
  const time = valueAt(given, fields.time);
  const action = said !== undefined && Object.hasOwn(actions, said) ? actions[said] : undefined;
  if (!action)
    throw refused('SIGNAL_ACTION_UNKNOWN', fields.action, 'is no action of this source', said);
  const isNamed = symbol !== undefined && Object.hasOwn(instruments, symbol);
  const instrumentId = isNamed ? instruments[symbol] : undefined;
  if (instrumentId === undefined) {
    const rule = 'is no symbol that this source may trade';
    throw refused('SIGNAL_SYMBOL_UNKNOWN', fields.symbol, rule, symbol);
  }
  const ageMs = nowMs - timeOf(time, fields.time);
  if (Math.abs(ageMs) > maxAgeMs) {
    const rule = `must be within ${String(maxAgeMs)} ms of now`;
    throw refused(ageMs > 0 ? 'SIGNAL_TOO_OLD' : 'SIGNAL_FROM_FUTURE', fields.time, rule, time);
  }
  const named = fields.id === undefined ? undefined : valueAt(given, fields.id);
  if (fields.id !== undefined && named === undefined) {
    throw refused('REQUIRED', fields.id, 'must name the signal', undefined);
  }
  const quantity = (fields.quantity && valueAt(given, fields.quantity)) ?? source.quantity;
  const price = fields.price && valueAt(given, fields.price);
  const whole = named ?? [said, symbol, time, quantity, price].join('\n');
  const signalId = createHash('sha256').update(`${source.id}\n${whole}`).digest('hex').slice(0, 32);
  return { signalId, action, instrumentId, quantity, price };
}

/** Text or a number that the sender wrote; charting software writes both. Anything else is not there. */
function valueAt(given: unknown, path: string): string | undefined {
  // A flat field may have dots in its name: forms have no other way.
  const steps = isObject(given) && Object.hasOwn(given, path) ? [path] : path.split('.');
  const found = steps.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    given,
  );
  if (typeof found === 'number' && Number.isFinite(found)) return String(found);
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** ISO 8601, or Unix seconds or milliseconds. */
function timeOf(text: string | undefined, field: string): number {
  const epoch = /^\d{9,13}$/.test(text ?? '') ? Number(text) : undefined;
  if (epoch !== undefined) return epoch < SECONDS_BELOW ? epoch * 1_000 : epoch;
  const parsed = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text ?? '')
    ? Date.parse(text ?? '')
    : NaN;
  if (Number.isNaN(parsed)) {
    throw refused(
      'WRONG_FORM',
      field,
      'must be a time of ISO 8601 with its zone, or Unix time',
      text,
    );
  }
  return parsed;
}

function refused(code: string, field: string, rule: string, value: string | undefined) {
  return badField({ code, field, rule, value: (value ?? '').slice(0, VALUE_LENGTH_MAX) });
}
