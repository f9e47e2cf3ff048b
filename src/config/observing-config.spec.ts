import { tmpdir } from 'node:os';
import { fileShape } from './config-shape.js';
import { loadConfig } from './load-config.js';

/** Of the environment alone: there is no file. */
function load(env: Record<string, string>) {
  return loadConfig({ env, cwd: `${tmpdir()}/there-is-no-such-folder`, configFlag: undefined });
}

function settingOf(env: Record<string, string>, wanted: string) {
  const result = load(env);
  if (result.kind === 'mistaken') throw new Error(result.mistakes.join('\n'));
  return { config: result.config, setting: result.settings.find(({ path }) => path === wanted) };
}

describe('what an operator sees', () => {
  it('is lines for people unless the environment or the file asks for JSON', () => {
    const { config, setting } = settingOf({ STOPLEDGER_LOG_FORMAT: 'json' }, 'log.format');
    expect(config.log).toStrictEqual({ format: 'json' });
    expect(setting).toStrictEqual({
      ...{ path: 'log.format', value: 'json', source: 'STOPLEDGER_LOG_FORMAT' },
    });
    expect(load({ STOPLEDGER_LOG_FORMAT: 'xml' })).toStrictEqual({
      kind: 'mistaken',
      mistakes: ['STOPLEDGER_LOG_FORMAT: must be "text" or "json", was "xml"'],
    });
    const inFile = (format: string) => fileShape.safeParse({ log: { format } }).success;
    expect([inFile('json'), inFile('xml')]).toStrictEqual([true, false]);
  });

  it('is traced where the standard variables say, and nowhere without them', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@collector:4318' };
    const asked = settingOf(endpoint, 'traces');
    expect(asked.config.traces).toBe(true);
    expect(asked.setting?.value).toBe('http://user:***@collector:4318');
    for (const off of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_TRACES_EXPORTER: 'none' }]) {
      expect(settingOf({ ...endpoint, ...off }, 'traces').config.traces).toBe(false);
    }
    const { config, setting } = settingOf({}, 'traces');
    expect([config.traces, setting?.value, setting?.source]).toStrictEqual([
      false,
      'off',
      'default',
    ]);
  });

  it('is refused where it could not be sent', () => {
    const wrong = load({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(wrong).toStrictEqual({
      kind: 'mistaken',
      mistakes: [
        'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must begin with http:// or https://',
        'OTEL_EXPORTER_OTLP_PROTOCOL: must be "http/protobuf", was "grpc"',
      ],
    });
  });
});
