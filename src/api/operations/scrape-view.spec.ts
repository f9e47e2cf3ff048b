import { ScriptedGateway } from '../../../test/support/scripted-gateway.js';
import { scrapeView } from './scrape-view.js';

describe('the view of a scrape', () => {
  it('is asked for once however many figures want it, and anew by the next scrape', async () => {
    const gateway = new ScriptedGateway();
    const asked = jest.spyOn(gateway, 'view');
    const scraped = scrapeView(gateway);
    const [one, other] = await Promise.all([scraped.view(), scraped.view()]);
    expect([one?.epoch, other, asked.mock.calls.length]).toStrictEqual([3, one, 1]);
    gateway.seen = undefined;
    expect([await scraped.view(), asked.mock.calls.length]).toStrictEqual([undefined, 2]);
  });
});
