import type { ConnectionInfo, GroupInfo } from '../protocol/persistent-response.codec.js';
import type { Consumer } from './consumer.js';
import type { Group } from './group.js';

/** What a group says of itself; rates are those since it was last asked. */
export function infoOf(group: Group): GroupInfo {
  const { definition, source, consumers, checkpoints } = group;
  const { settings } = definition;
  const rate = group.meter.measure();
  const isLive = source.ahead <= Math.max(settings.historyBufferSize, settings.liveBufferSize);
  return {
    eventSource: definition.source,
    groupName: definition.group,
    status: isLive ? 'Live' : 'Behind',
    connections: consumers.map((consumer) => connectionOf(consumer, settings.extraStatistics)),
    averagePerSecond: rate.perSecond,
    totalItems: rate.totalItems,
    countSinceLastMeasurement: rate.sinceLast,
    lastCheckpointed: checkpoints.text,
    lastKnown: group.lastKnown,
    resolveLinks: settings.resolveLinks,
    startFrom: source.startText(definition.start),
    messageTimeoutMs: settings.messageTimeoutMs,
    extraStatistics: settings.extraStatistics,
    maxRetryCount: settings.maxRetryCount,
    liveBufferSize: settings.liveBufferSize,
    historyBufferSize: settings.historyBufferSize,
    readBatchSize: settings.readBatchSize,
    checkpointAfterMs: settings.checkpointAfterMs,
    checkpointCountMin: settings.checkpointCountMin,
    checkpointCountMax: settings.checkpointCountMax,
    readBufferCount: isLive ? 0 : group.buffer.length,
    liveBufferCount: isLive ? group.buffer.length : 0,
    retryBufferCount: group.retries.count,
    inFlightCount: consumers.reduce((sum, consumer) => sum + consumer.inFlight, 0),
    outstandingCount: group.inFlight.count,
    strategy: settings.strategy,
    subscriberCountMax: settings.subscriberCountMax,
    parkedCount: group.parked.count,
  };
}

function connectionOf(consumer: Consumer, isDetailed: boolean): ConnectionInfo {
  const rate = consumer.meter.measure();
  const { options, inFlight } = consumer;
  return {
    from: options.from,
    userName: options.userName,
    averagePerSecond: rate.perSecond,
    totalItems: rate.totalItems,
    countSinceLastMeasurement: rate.sinceLast,
    measurements: isDetailed ? consumer.meter.latencies() : [],
    availableSlots: Math.max(0, options.window - inFlight),
    inFlightCount: inFlight,
    connectionName: options.connectionName,
  };
}
