import pino from 'pino';
import type { Say } from './application/ports/say.port.js';
import type { Config } from './config/config-shape.js';

const LEVELS: Readonly<Record<string, 'info' | 'warn' | 'error'>> = {
  info: 'info',
  warning: 'warn',
  critical: 'error',
};

/** How a process speaks: lines for people, or a JSON object a line, whose fields join it with events and traces. */
export function openLog(
  format: Config['log']['format'],
  part: string,
  write = (text: string): void => void process.stdout.write(text),
): Say {
  if (format === 'text') return (line) => write(`${line}\n`);
  const logger = pino(
    {
      base: { part, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (line, fields = {}) =>
    logger[LEVELS[fields['severity'] ?? 'info'] ?? 'info'](fields, line);
}
