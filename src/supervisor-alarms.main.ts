import { PartAlarms } from './alarms.main.js';
import type { Say } from './application/ports/say.port.js';
import type { Config } from './config/config-shape.js';
import type { ProcessWatch } from './launch/process-watch.js';

/** The parent's own alarms: they leave when the engine cannot tell anything any more. */
export function openSupervisorAlarms(config: Config, say: Say): ProcessWatch {
  const part = new PartAlarms({ config, part: 'supervisor', say });
  const { desk } = part;
  return {
    ended: (name, how, againInMs) =>
      desk.raise('PROCESS_ENDED', name, `${how}; starting it again in ${againInMs} ms`),
    frozen: (name, silentMs) =>
      desk.raise('PROCESS_FROZEN', name, `${name} has not moved for ${silentMs} ms; ending it`),
    runningAgain: (name) => desk.clear('PROCESS_ENDED', name, `${name} is running again`),
    close: () => part.close(),
  };
}
