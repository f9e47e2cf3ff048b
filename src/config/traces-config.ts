type Environment = Readonly<Record<string, string | undefined>>;

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;
const PROTOCOLS = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const;
const PROTOCOL = 'http/protobuf';

/**
 * Where traces are sent to, by the standard variables; undefined: they are off. The exporter reads the variables by
 * itself, so that all of them (headers, certificates, time limits) mean what they mean elsewhere.
 */
export function settleTraces(env: Environment, mistakes: string[]): string | undefined {
  const endpoint = ENDPOINTS.map((name) => [name, env[name]] as const).find(([, url]) => url);
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') {
    return undefined;
  }
  const [name, url = ''] = endpoint;
  if (!/^https?:\/\/\S+$/.test(url)) {
    mistakes.push(`${name}: must begin with http:// or https://`);
  }
  const asked = PROTOCOLS.map((each) => [each, env[each]] as const).find(([, value]) => value);
  if (asked && asked[1] !== PROTOCOL) {
    mistakes.push(`${asked[0]}: must be "${PROTOCOL}", was ${JSON.stringify(asked[1])}`);
  }
  return url;
}
