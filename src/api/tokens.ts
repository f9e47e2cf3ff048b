/** Injection tokens of what the API needs from outside. */
export const ENGINE_GATEWAY = Symbol('EngineGateway');
export const ENGINE_PROBE = Symbol('EngineProbe');
export const READ_MODELS = Symbol('ReadModels');
export const PROJECTOR_STATUS = Symbol('ProjectorStatus');
export const ALARM_BOARDS = Symbol('AlarmBoards');
export const SIGNAL_SOURCES = Symbol('SignalSources');
export const METRICS = Symbol('Metrics');
export const LIVE_SOURCES = Symbol('LiveSources');
