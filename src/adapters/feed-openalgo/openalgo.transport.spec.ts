import { openAlgoProtocol } from './openalgo.transport.js';

describe('what OpenAlgo says to the feed', () => {
  it('is told without the key, also where it repeats it', () => {
    const protocol = openAlgoProtocol('ws://127.0.0.1:8765', 'k-7371cc58', 'depth');
    const message = 'Invalid API key: k-7371cc58';
    expect(
      protocol.answerIn(JSON.stringify({ status: 'error', code: 'AUTHENTICATION_ERROR', message })),
    ).toStrictEqual({
      ...{ kind: 'refused', id: null },
      reason: 'AUTHENTICATION_ERROR Invalid API key: (concealed)',
    });
  });
});
